import { join } from 'node:path';
import { runLoad } from '../load/run-load.ts';
import type { StormLoadInput, StormLoadOutput } from '../load/storm-load.ts';
import { figureOf } from '../scenario.ts';
import type { Figure, Scenario } from '../scenario.ts';
import { seedStore } from '../seed-store.ts';
import { startServer } from '../server-under-test.ts';

const POOL = 'bench';
const PROBE_POOL = 'probe';
const PROBE_RESOURCES = 1_000;
const BUDGET = { atMost: 250 };
const MINUTE_MS = 60_000;

/** Many leases expire while somebody calls the API steadily: over a minute, and, harder, all at one instant. */
export const storm: Scenario = {
  name: 'storm',
  about:
    '30,000 leases expire, within a minute and at one instant, while the API is called 200 times a second',
  async run(context) {
    const leases = context.isQuick ? 300 : 30_000;
    const leadMs = context.isQuick ? 1_500 : 30_000;
    const windows = context.isQuick ? { minute: 500, instant: 0 } : { minute: MINUTE_MS, instant: 0 };
    const data = join(context.directory, 'storm');
    await seedStore(data, [
      { name: POOL, resources: leases },
      { name: PROBE_POOL, resources: PROBE_RESOURCES },
    ]);
    await using server = await startServer({ entry: context.serverEntry, data, pools: [POOL, PROBE_POOL] });
    const target = await server.api.createHolderToken('bench-load');
    const storms = { minute: [] as StormLoadOutput[], instant: [] as StormLoadOutput[] };
    for (let round = 1; round <= context.rounds; round += 1) {
      for (const name of ['minute', 'instant'] as const) {
        const input = { target, pool: POOL, probePool: PROBE_POOL, leases, leadMs, windowMs: windows[name] };
        storms[name].push(await runLoad<StormLoadInput, StormLoadOutput>('storm-load.ts', input));
        context.say(`round ${round} of ${context.rounds}: ${name}`);
      }
    }
    return {
      figures: [
        ...figuresOf('within a minute', storms.minute),
        ...figuresOf('at one instant', storms.instant),
      ],
      notes: [
        `${leases} leases a round; the longest call of a round counts, from the time at which it was due.`,
      ],
      details: storms,
    };
  },
};

function figuresOf(when: string, rounds: readonly StormLoadOutput[]): Figure[] {
  const of = (pick: (round: StormLoadOutput) => number): number[] => rounds.map(pick);
  return [
    figureOf(
      `${when}: the longest call`,
      'ms',
      of((r) => r.calls.max),
      BUDGET,
    ),
    figureOf(
      `${when}: calls p99`,
      'ms',
      of((r) => r.calls.p99),
    ),
    figureOf(
      `${when}: reads p99`,
      'ms',
      of((r) => r.reads.p99),
    ),
    figureOf(
      `${when}: acquires p99`,
      'ms',
      of((r) => r.acquires.p99),
    ),
    figureOf(
      `${when}: the last expiry is seen late by`,
      'ms',
      of((r) => r.lastLateMs),
    ),
    figureOf(
      `${when}: leases that have not ended`,
      '',
      of((r) => r.forgotten),
      { atMost: 0 },
    ),
  ];
}
