import type { BreakerLimits } from './circuit-breaker.ts';

/** How hard one provider may be used, and how long its calls may take. Times are milliseconds. */
export type JobLimits = {
  /** Calls under way at once. */
  readonly concurrency: number;
  /** Calls a second in the long run, and at once after a pause. */
  readonly ratePerSecond: number;
  readonly burst: number;
  readonly createMs: number;
  readonly destroyMs: number;
  /** Jobs that wait for one provider; a job beyond is reported as exhausted, so that the core hands it out later. */
  readonly waitingMax: number;
  readonly breaker: BreakerLimits;
};

export const DEFAULT_JOB_LIMITS: JobLimits = {
  concurrency: 8,
  ratePerSecond: 50,
  burst: 50,
  createMs: 60_000,
  destroyMs: 30_000,
  waitingMax: 1_000_000,
  breaker: { failuresMax: 5, openMinMs: 5_000, openMaxMs: 60_000 },
};
