import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { figureOf } from '../scenario.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { seedStore } from '../seed-store.ts';
import { startServer } from '../server-under-test.ts';
import type { ServerUnderTest } from '../server-under-test.ts';

const POOL = 'bench';
const START_BUDGET = { atMost: 10 };
const MEMORY_BUDGET = { atMost: 2_048 };
const SETTLE_POLL_MS = 500;
/** Memory has settled when it has not fallen by a hundredth for so many looks. */
const SETTLED_LOOKS = 6;
const SETTLE_LOOKS_MAX = 60;

type Round = {
  startMs: number;
  residentAtReady: number;
  resident: number;
  emptyStartMs: number;
  emptyResident: number;
};

/** From the start of the process to ready, and what a resource costs in memory, with a million of them. */
export const start: Scenario = {
  name: 'start',
  about: 'start-up with 1,000,000 resources, and memory a resource against a server with none',
  async run(context) {
    const resources = context.isQuick ? 5_000 : 1_000_000;
    const full = join(context.directory, 'start-full');
    const empty = join(context.directory, 'start-empty');
    await seedStore(full, [{ name: POOL, resources }]);
    await seedStore(empty, [{ name: POOL, resources: 0 }]);
    const rounds: Round[] = [];
    for (let round = 1; round <= context.rounds; round += 1) {
      const none = await startOnce(context, empty);
      const all = await startOnce(context, full);
      rounds.push({ ...all, emptyStartMs: none.startMs, emptyResident: none.resident });
      context.say(`round ${round} of ${context.rounds}`);
    }
    const of = (pick: (round: Round) => number): number[] => rounds.map(pick);
    return {
      figures: [
        figureOf(
          `ready with ${resources.toLocaleString('en-GB')} resources`,
          's',
          of((r) => r.startMs / 1_000),
          START_BUDGET,
        ),
        figureOf(
          'ready with none',
          's',
          of((r) => r.emptyStartMs / 1_000),
        ),
        figureOf(
          'memory a resource',
          'bytes',
          of((r) => (r.resident - r.emptyResident) / resources),
          MEMORY_BUDGET,
        ),
        figureOf(
          'the same at the moment of being ready',
          'bytes',
          of((r) => (r.residentAtReady - r.emptyResident) / resources),
        ),
      ],
      notes: [
        'The files of the first round may not all be in the system’s cache; those of later rounds are.',
      ],
      details: { resources, rounds },
    };
  },
};

async function startOnce({ serverEntry, isQuick }: ScenarioContext, data: string) {
  await using server = await startServer({ entry: serverEntry, data, pools: [POOL] });
  const residentAtReady = server.residentBytes();
  const resident = isQuick ? residentAtReady : await settledMemory(server);
  return { startMs: server.startMs, residentAtReady, resident };
}

/** The least memory seen until it falls no more. */
async function settledMemory(server: ServerUnderTest): Promise<number> {
  let least = server.residentBytes();
  for (let look = 0, still = 0; look < SETTLE_LOOKS_MAX && still < SETTLED_LOOKS; look += 1) {
    await sleep(SETTLE_POLL_MS);
    const now = server.residentBytes();
    still = now < least * 0.99 ? 0 : still + 1;
    least = Math.min(least, now);
  }
  return least;
}
