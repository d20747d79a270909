import { join } from 'node:path';
import { runLoad } from '../load/run-load.ts';
import type { WaitersLoadInput, WaitersLoadOutput } from '../load/waiters-load.ts';
import { figureOf } from '../scenario.ts';
import type { Scenario } from '../scenario.ts';
import { seedStore } from '../seed-store.ts';
import { startServer } from '../server-under-test.ts';

const POOL = 'bench';
const MATCH = { arch: 'amd64' };
const BUDGET = { atMost: 5 };

/** Long polls of many waiting leases, and how soon the next one is answered when a resource comes free. */
export const waiters: Scenario = {
  name: 'waiters',
  about: '10,000 leases wait in long polls of their own; one resource after another is freed',
  async run(context) {
    const size = context.isQuick ? { waiters: 200, releases: 20 } : { waiters: 10_000, releases: 300 };
    const rounds: WaitersLoadOutput[] = [];
    for (let round = 1; round <= context.rounds; round += 1) {
      const data = join(context.directory, `waiters-${round}`);
      // Every second resource matches.
      await seedStore(data, [{ name: POOL, resources: size.releases * 2 }]);
      await using server = await startServer({ entry: context.serverEntry, data, pools: [POOL] });
      const target = await server.api.createHolderToken('bench-load');
      rounds.push(
        await runLoad<WaitersLoadInput, WaitersLoadOutput>('waiters-load.ts', {
          target,
          pool: POOL,
          match: MATCH,
          ...size,
        }),
      );
      context.say(`round ${round} of ${context.rounds}`);
    }
    const of = (pick: (round: WaitersLoadOutput) => number): number[] => rounds.map(pick);
    return {
      figures: [
        figureOf(
          'freed → the next waiter has its answer, p99',
          'ms',
          of((r) => r.granted.p99),
          BUDGET,
        ),
        figureOf(
          'the same, p50',
          'ms',
          of((r) => r.granted.p50),
        ),
        figureOf(
          'the same, the longest',
          'ms',
          of((r) => r.granted.max),
        ),
        figureOf(
          'the release itself, p99',
          'ms',
          of((r) => r.released.p99),
        ),
        figureOf(
          'an empty route beside it, p99',
          'ms',
          of((r) => r.empty.p99),
        ),
        figureOf(
          'another than the first was answered',
          'times',
          of((r) => r.wrong),
          { atMost: 0 },
        ),
        figureOf(
          `${size.waiters} requests wait after`,
          'ms',
          of((r) => r.queuedMs),
        ),
      ],
      notes: [`${size.releases} releases a round.`],
      details: { rounds },
    };
  },
};
