import { join } from 'node:path';
import { readCommits } from '../commits.ts';
import type { Commits } from '../commits.ts';
import type { HttpLoadInput, HttpLoadOutput } from '../load/http-load.ts';
import { runLoad } from '../load/run-load.ts';
import { figureOf } from '../scenario.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { seedStore } from '../seed-store.ts';
import { startServer } from '../server-under-test.ts';
import type { ServerUnderTest } from '../server-under-test.ts';
import { median } from '../statistics.ts';

const POOL = 'bench';
const RESOURCES = 1_000;
const CONNECTIONS = 64;
const MATCH = { arch: 'amd64' };
/** Requests/s of the cycle for each request/s of the empty route. */
const BUDGET = { atLeast: 0.6 };

/** `processorMicros` are those of the server for one request: of all its threads, and of the one that decides and answers. */
type Loaded = HttpLoadOutput & { readonly processorMicros: { readonly all: number; readonly main: number } };
type Round = { readonly empty: Loaded; readonly cycle: Loaded; readonly commits: Commits };

/** Durable acquire and release against an empty route of the same server, in alternating rounds. */
export const cycle: Scenario = {
  name: 'cycle',
  about: `${CONNECTIONS} connections, ${RESOURCES} resources: an empty route against acquire and release`,
  async run(context) {
    const data = join(context.directory, 'cycle');
    await seedStore(data, [{ name: POOL, resources: RESOURCES }]);
    const options = { entry: context.serverEntry, data, pools: [POOL] };
    const rounds: Round[] = [];
    {
      await using server = await startServer(options);
      const load = await prepareLoad(context, server);
      for (let round = 1; round <= context.rounds; round += 1) {
        const empty = await load('empty');
        const before = await readCommits(server.api);
        const cycled = await load('cycle');
        rounds.push({ empty, cycle: cycled, commits: (await readCommits(server.api)).since(before) });
        context.say(`round ${round} of ${context.rounds}`);
      }
    }
    if (context.profileDirectory !== undefined) {
      // Profiling costs time, so it is done apart from what is measured.
      await using server = await startServer({ ...options, profileDirectory: context.profileDirectory });
      await (
        await prepareLoad(context, server, 'bench-profile')
      )('cycle');
      context.say(`profiles: ${context.profileDirectory}`);
    }
    return resultOf(rounds);
  },
};

async function prepareLoad({ isQuick }: ScenarioContext, server: ServerUnderTest, holder = 'bench-load') {
  const target = await server.api.createHolderToken(holder);
  const times = isQuick ? { warmUpMs: 300, measureMs: 300 } : { warmUpMs: 2_000, measureMs: 5_000 };
  const common = { target, pool: POOL, match: MATCH, connections: CONNECTIONS, ...times };
  return async (turn: HttpLoadInput['turn']): Promise<Loaded> => {
    const before = server.processorMs();
    const output = await runLoad<HttpLoadInput, HttpLoadOutput>('http-load.ts', { ...common, turn });
    const after = server.processorMs();
    const micros = (ms: number): number => (ms * 1_000) / output.requestsInAll;
    const processorMicros = { all: micros(after.all - before.all), main: micros(after.main - before.main) };
    return { ...output, processorMicros };
  };
}

function resultOf(rounds: readonly Round[]) {
  const of = (pick: (round: Round) => number): number[] => rounds.map(pick);
  const clientShare = median(of(({ empty }) => empty.cpuShare));
  return {
    figures: [
      figureOf(
        'cycle / empty route, requests/s',
        '×',
        of((r) => r.cycle.requestsPerSecond / r.empty.requestsPerSecond),
        BUDGET,
      ),
      figureOf(
        'empty route',
        'requests/s',
        of((r) => r.empty.requestsPerSecond),
      ),
      figureOf(
        'acquire+release',
        'requests/s',
        of((r) => r.cycle.requestsPerSecond),
      ),
      figureOf(
        'empty route, processor time a request',
        'µs',
        of((r) => r.empty.processorMicros.all),
      ),
      figureOf(
        'acquire+release, processor time a request',
        'µs',
        of((r) => r.cycle.processorMicros.all),
      ),
      figureOf(
        'the same, of the main thread',
        'µs',
        of((r) => r.cycle.processorMicros.main),
      ),
      figureOf(
        'commits',
        '/s',
        of((r) => (r.cycle.requestsPerSecond * r.commits.commits) / r.cycle.requestsInAll),
      ),
      figureOf(
        'requests in a commit',
        '',
        of((r) => r.commits.commands / r.commits.commits),
      ),
      figureOf(
        'a commit',
        'ms (mean)',
        of((r) => r.commits.milliseconds / r.commits.commits),
      ),
      figureOf(
        'empty route p50',
        'ms',
        of((r) => r.empty.first.p50),
      ),
      figureOf(
        'empty route p99',
        'ms',
        of((r) => r.empty.first.p99),
      ),
      figureOf(
        'acquire p50',
        'ms',
        of((r) => r.cycle.first.p50),
      ),
      figureOf(
        'acquire p99',
        'ms',
        of((r) => r.cycle.first.p99),
      ),
      figureOf(
        'release p50',
        'ms',
        of((r) => r.cycle.second.p50),
      ),
      figureOf(
        'release p99',
        'ms',
        of((r) => r.cycle.second.p99),
      ),
    ],
    notes: [
      `The load process used ${Math.round(clientShare * 100)} % of a core on the empty route; near 100 % it, not the server, would be the bound.`,
    ],
    details: { rounds },
  };
}
