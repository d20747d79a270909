import { expect, test } from 'vitest';
import { explainRun } from './explain-run.ts';
import type { Plant } from './plant.ts';
import { PLANTS } from './plants.ts';
import { runSeed } from './simulation.ts';

/** Seeds of one test, and how many such tests there are: 500 runs in all, of 300 steps each. */
const SEEDS_EACH = 50;
const CHUNKS = 10;
const STEPS = 300;
const CHUNK_TIMEOUT_MS = 120_000;

test.each(Array.from({ length: CHUNKS }, (_, chunk) => 1 + chunk * SEEDS_EACH))(
  `every invariant holds in ${SEEDS_EACH} worlds from seed %i`,
  async (first) => {
    let granted = 0;
    for (let seed = first; seed < first + SEEDS_EACH; seed += 1) {
      const result = await runSeed({ seed, steps: STEPS });
      if (result.finding !== undefined) throw new Error(explainRun(result, { steps: STEPS }));
      granted += result.granted;
    }
    // A simulation in which nothing happens would hold everything too.
    expect(granted).toBeGreaterThan(SEEDS_EACH * 5);
  },
  CHUNK_TIMEOUT_MS,
);

test('the same seed is the same run, to the last event', async () => {
  for (const seed of [7, 8, 9]) {
    const [once, again] = [await runSeed({ seed, steps: 120 }), await runSeed({ seed, steps: 120 })];
    expect(again).toEqual(once);
    expect((await runSeed({ seed: seed + 100, steps: 120 })).hash).not.toBe(once.hash);
  }
});

test('a finding replays to the same step', async () => {
  const planted = { plant: PLANTS['doubleGrant'] as Plant, steps: STEPS };
  let found = await runSeed({ ...planted, seed: 1 });
  while (found.finding === undefined) found = await runSeed({ ...planted, seed: found.seed + 1 });
  expect(planted.plant.breaks).toContain(found.finding.invariant);
  expect(found.step).toBeLessThan(STEPS);
  expect(await runSeed({ ...planted, seed: found.seed })).toEqual(found);
  expect(explainRun(found, { steps: STEPS, plant: 'doubleGrant' })).toContain(
    `replay: npm run sim -- --seeds 1 --seed ${found.seed} --steps ${STEPS} --plant doubleGrant`,
  );
});
