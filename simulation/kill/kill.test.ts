import { randomInt } from 'node:crypto';
import { platform } from 'node:process';
import { afterAll, describe, expect, test } from 'vitest';
import { KillRun } from './kill-run.ts';
import type { KillPlan, KillReport } from './kill-run.ts';
import { describeFindings, summaryOf } from './report.ts';

const KILLS = 30;
const STOPS = 6;
/** A run takes about a minute on two cores; others may need them at the same time. */
const RUN_WITHIN_MS = 600_000;
const CLEAN_WITHIN_MS = 60_000;
/** Longer than any request that the clients send may wait for its commit; waits are let go at once. */
const STOP_MS_MAX = 8_000;
const SEED_MAX = 2 ** 32;

// The driver "process" needs Linux, and so does the look at what runs.
describe.skipIf(platform !== 'linux')('a real server under load', () => {
  const runs = new AsyncDisposableStack();
  // Also where a test fails or takes too long: nothing that a run started outlives this file.
  afterAll(() => runs.disposeAsync(), CLEAN_WITHIN_MS);

  async function work(plan: Pick<KillPlan, 'rounds' | 'signal'>): Promise<KillReport> {
    const run = runs.use(new KillRun({ ...plan, seed: randomInt(SEED_MAX), log: () => {} }));
    const report = await run.work();
    console.log(summaryOf(report));
    return report;
  }

  test(
    'killed at random moments, it loses nothing that it acknowledged, lends nothing twice and orphans no process',
    async () => {
      const report = await work({ rounds: KILLS, signal: 'SIGKILL' });
      expect(describeFindings(report)).toBe('');
      expect(report.ends).toBe(KILLS);
      // A run that did next to nothing would find next to nothing.
      expect(report.leases).toBeGreaterThan(KILLS * 10);
      expect(report.cut).toBeGreaterThan(KILLS);
      expect(report.visits).toBeGreaterThan(0);
      expect(report.records).toBeGreaterThan(KILLS);
    },
    RUN_WITHIN_MS,
  );

  test(
    'asked to stop, it answers or refuses what came before, ends with code 0 in bounded time, and is found again as it was',
    async () => {
      const report = await work({ rounds: STOPS, signal: 'SIGTERM' });
      expect(describeFindings(report)).toBe('');
      // The last stop comes when all rounds are over.
      expect(report.stopsMs).toHaveLength(STOPS + 1);
      expect(Math.max(...report.stopsMs)).toBeLessThan(STOP_MS_MAX);
      expect(report.leases).toBeGreaterThan(STOPS * 10);
    },
    RUN_WITHIN_MS,
  );
});
