import { join } from 'node:path';
import type { HttpLoadInput, HttpLoadOutput } from '../load/http-load.ts';
import { runLoad } from '../load/run-load.ts';
import { figureOf } from '../scenario.ts';
import type { Scenario } from '../scenario.ts';
import { seedStore } from '../seed-store.ts';
import { startServer } from '../server-under-test.ts';

const POOL = 'bench';
const CONNECTIONS = 64;
const MATCH = { arch: 'amd64' };
const BUDGET = { atMost: 2 };
const FEW = 1_000;

type Round = { few: HttpLoadOutput; many: HttpLoadOutput };

/** The same load on two servers, one with few and one with very many resources in the pool, in alternating rounds. */
export const million: Scenario = {
  name: 'million',
  about: 'acquire from a pool of 1,000,000 against one of 1,000, two servers in alternating rounds',
  async run(context) {
    const many = context.isQuick ? 5_000 : 1_000_000;
    const start = async (name: string, resources: number) => {
      const data = join(context.directory, name);
      await seedStore(data, [{ name: POOL, resources }]);
      return startServer({ entry: context.serverEntry, data, pools: [POOL] });
    };
    await using fewServer = await start('million-few', FEW);
    await using manyServer = await start('million-many', many);
    const firstAcquireMs = { few: await acquireOnce(fewServer.api), many: await acquireOnce(manyServer.api) };
    const targets = {
      few: await fewServer.api.createHolderToken('bench-load'),
      many: await manyServer.api.createHolderToken('bench-load'),
    };
    const times = context.isQuick ? { warmUpMs: 300, measureMs: 300 } : { warmUpMs: 2_000, measureMs: 5_000 };
    const load = (size: 'few' | 'many'): Promise<HttpLoadOutput> => {
      const input = {
        target: targets[size],
        turn: 'cycle',
        pool: POOL,
        match: MATCH,
        connections: CONNECTIONS,
        ...times,
      } as const;
      return runLoad<HttpLoadInput, HttpLoadOutput>('http-load.ts', input);
    };
    const rounds: Round[] = [];
    for (let round = 1; round <= context.rounds; round += 1) {
      rounds.push({ few: await load('few'), many: await load('many') });
      context.say(`round ${round} of ${context.rounds}`);
    }
    const of = (pick: (round: Round) => number): number[] => rounds.map(pick);
    return {
      figures: [
        figureOf(
          `acquire p99, ${many.toLocaleString('en-GB')} / 1,000`,
          '×',
          of((r) => r.many.first.p99 / r.few.first.p99),
          BUDGET,
        ),
        figureOf(
          'acquire p99 of 1,000',
          'ms',
          of((r) => r.few.first.p99),
        ),
        figureOf(
          `acquire p99 of ${many.toLocaleString('en-GB')}`,
          'ms',
          of((r) => r.many.first.p99),
        ),
        figureOf(
          'acquire p50, the same ratio',
          '×',
          of((r) => r.many.first.p50 / r.few.first.p50),
        ),
        figureOf(
          'requests/s, the same ratio',
          '×',
          of((r) => r.many.requestsPerSecond / r.few.requestsPerSecond),
        ),
        figureOf('the first acquire with this match, 1,000', 'ms', [firstAcquireMs.few]),
        figureOf(`the first acquire with this match, ${many.toLocaleString('en-GB')}`, 'ms', [
          firstAcquireMs.many,
        ]),
      ],
      notes: ['Two servers, one of which rests while the other is measured.'],
      details: { rounds, firstAcquireMs },
    };
  },
};

/** The first request with a match makes its index; what that takes is a figure of its own. */
async function acquireOnce(api: {
  call<T>(method: string, path: string, body?: object): Promise<T>;
}): Promise<number> {
  const startedAt = performance.now();
  const { id } = await api.call<{ id: string }>('POST', '/v1/leases', { pool: POOL, match: MATCH });
  const ms = performance.now() - startedAt;
  await api.call('DELETE', `/v1/leases/${id}`);
  return ms;
}
