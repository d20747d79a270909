import { randomInt } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { describeSoak, SoakRun } from './soak-run.ts';

const SEED_MAX = 2 ** 32;
const BUSY_MS = 8_000;
/** Other tests may need both processors at the same time. */
const RUN_WITHIN_MS = 240_000;
const CLEAN_WITHIN_MS = 60_000;

const runs = new AsyncDisposableStack();
// Also where the test fails or takes too long: nothing that it started outlives this file.
afterAll(() => runs.disposeAsync(), CLEAN_WITHIN_MS);

test(
  'after anything that clients and a cloud do to cloud pools, and a kill: each has its size, lists nothing twice and forgets nothing',
  async () => {
    const plan = { seed: randomInt(SEED_MAX), rounds: 1, pools: 3, clients: 4, kills: 1, busyMs: BUSY_MS };
    const run = runs.use(new SoakRun({ ...plan, log: () => {} }));
    const report = await run.work();
    expect(describeSoak(report)).toBe('');
    // A run that did next to nothing would find next to nothing.
    expect(report.calls).toBeGreaterThan(50);
    expect(report.kills).toBe(1);
    expect(report.machines).toBeGreaterThan(3);
  },
  RUN_WITHIN_MS,
);
