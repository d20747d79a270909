import { expect, test } from 'vitest';
import { PLANTS } from './plants.ts';
import { runSeed } from './simulation.ts';

/** A fault has to be found within so many runs of 300 steps. */
const SEEDS_MAX = 60;
const STEPS = 300;

test.each(Object.entries(PLANTS))('a product that has "%s" is found out', async (_name, plant) => {
  for (let seed = 1; seed <= SEEDS_MAX; seed += 1) {
    const { finding } = await runSeed({ seed, steps: STEPS, plant });
    if (finding === undefined) continue;
    expect(plant.breaks).toContain(finding.invariant);
    return;
  }
  expect.fail(`${SEEDS_MAX} seeds did not find that it ${plant.about}`);
});
