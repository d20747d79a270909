import type { ProviderLimits } from '@poolkeeper/core';
import type { BreakerLimits } from './circuit-breaker.ts';
import type { PauseLimits } from './filling-pause.ts';

/** How hard one provider may be used, and how long its calls may take. Times are milliseconds. */
export type JobLimits = {
  /** Jobs under way at once. */
  readonly concurrency: number;
  /** Calls a second in the long run, and at once after a pause. */
  readonly ratePerSecond: number;
  readonly burst: number;
  readonly createMs: number;
  readonly destroyMs: number;
  /** Jobs that wait for one provider; a job beyond is reported as exhausted, so that the core hands it out later. */
  readonly waitingMax: number;
  readonly breaker: BreakerLimits;
  readonly filling: PauseLimits;
};

export const DEFAULT_JOB_LIMITS: JobLimits = {
  concurrency: 8,
  ratePerSecond: 50,
  burst: 50,
  createMs: 60_000,
  destroyMs: 30_000,
  waitingMax: 1_000_000,
  breaker: { failuresMax: 5, openMinMs: 5_000, openMaxMs: 60_000 },
  filling: { minMs: 5_000, maxMs: 60_000 },
};

/** How often the first pause fits into the longest, where an operator says the first. */
const PAUSE_FACTOR_MAX = 12;

/**
 * The limits of one provider: what an operator says of it, over those of all.
 *
 * Whoever says the rate alone means it: the burst follows it. The pause is the first one of the breaker and of filling.
 */
export function limitsOfProvider(usual: JobLimits, said: ProviderLimits): JobLimits {
  const { concurrency, ratePerSecond, burst, failures, pauseMs } = said;
  const burstOfRate = ratePerSecond === undefined ? usual.burst : Math.ceil(ratePerSecond);
  const pauseMaxMs = pauseMs === undefined ? undefined : pauseMs * PAUSE_FACTOR_MAX;
  return {
    ...usual,
    concurrency: concurrency ?? usual.concurrency,
    ratePerSecond: ratePerSecond ?? usual.ratePerSecond,
    burst: burst ?? burstOfRate,
    breaker: {
      failuresMax: failures ?? usual.breaker.failuresMax,
      openMinMs: pauseMs ?? usual.breaker.openMinMs,
      openMaxMs: pauseMaxMs ?? usual.breaker.openMaxMs,
    },
    filling: {
      minMs: pauseMs ?? usual.filling.minMs,
      maxMs: pauseMaxMs ?? usual.filling.maxMs,
    },
  };
}

/** What is in force, in the words in which an operator says it. */
export function saidLimits(limits: JobLimits): Required<ProviderLimits> {
  const { concurrency, ratePerSecond, burst, breaker } = limits;
  return { concurrency, ratePerSecond, burst, failures: breaker.failuresMax, pauseMs: breaker.openMinMs };
}
