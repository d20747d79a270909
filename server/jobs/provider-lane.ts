import type { JobOutcome, JobTicket } from '@poolkeeper/core';
import type { Logger } from '../logger.ts';
import type { CancelTimer, Clock, Random, Timers } from '../timers.ts';
import type { ReportOutcome } from './contract.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { BreakerStatus } from './circuit-breaker.ts';
import type { JobLimits } from './limits.ts';
import { TokenBucket } from './token-bucket.ts';
import { WaitingJobs } from './waiting-jobs.ts';

/** What became of attempts, as counted. */
export const ATTEMPT_RESULTS = ['created', 'gone', 'going', 'transient', 'exhausted', 'refused'] as const;
export type AttemptResult = (typeof ATTEMPT_RESULTS)[number];

export type LaneStatus = {
  readonly provider: string;
  /** Calls under way, and jobs that wait: for their instant, a free place, the rate or the breaker. */
  readonly running: number;
  readonly waiting: number;
  readonly breaker: BreakerStatus;
  /** Attempts since the start, by result. */
  readonly attempts: Readonly<Record<AttemptResult, number>>;
  readonly lastError: { readonly at: number; readonly message: string } | null;
};

export type LaneInput = {
  readonly provider: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly limits: JobLimits;
  readonly report: ReportOutcome;
  /** Makes one attempt. Never throws; undefined when the runner stops and nothing became of it. */
  readonly attempt: (ticket: JobTicket) => Promise<JobOutcome | undefined>;
};

/** A job under way: `reporting` once the outside is done with it. `next` is its next attempt, when it came meanwhile. */
type Active = { isReporting: boolean; next: JobTicket | null };

/**
 * The jobs of one provider: bounded in number at once and in rate, one at a time for a resource, and held back while the
 * provider's breaker is open. One timer wakes it, whatever waits.
 */
export class ProviderLane {
  readonly #input: LaneInput;
  readonly #waiting = new WaitingJobs();
  readonly #active = new Map<string, Active>();
  readonly #breaker: CircuitBreaker;
  readonly #bucket: TokenBucket;
  readonly #attempts: Record<AttemptResult, number>;
  #running = 0;
  #lastError: LaneStatus['lastError'] = null;
  #cancelWake: CancelTimer = () => {};
  #isStopped = false;

  constructor(input: LaneInput) {
    const { limits, clock, random } = input;
    this.#input = input;
    this.#breaker = new CircuitBreaker(limits.breaker, random);
    this.#bucket = new TokenBucket({
      perSecond: limits.ratePerSecond,
      burst: limits.burst,
      now: clock.now(),
    });
    this.#attempts = Object.fromEntries(ATTEMPT_RESULTS.map((result) => [result, 0])) as Record<
      AttemptResult,
      number
    >;
  }

  /**
   * Takes a job or its next attempt. A job that is being called is not taken twice: its outcome comes anyway. One whose
   * outcome is being reported may already be handed over again, and waits for the end of that.
   */
  accept(ticket: JobTicket): void {
    if (this.#isStopped) return;
    const active = this.#active.get(ticket.job.id);
    if (active !== undefined) {
      if (active.isReporting) active.next = ticket;
      return;
    }
    if (!this.#waiting.has(ticket.job.id) && this.#waiting.size >= this.#input.limits.waitingMax) {
      void this.#refuseMore(ticket);
      return;
    }
    this.#waiting.put(ticket);
    this.#dispatch();
  }

  drop(jobId: string): void {
    this.#waiting.remove(jobId);
    const active = this.#active.get(jobId);
    if (active !== undefined) active.next = null;
  }

  /** Starts nothing any more. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelWake();
  }

  status(): LaneStatus {
    return {
      provider: this.#input.provider,
      running: this.#running,
      waiting: this.#waiting.size,
      breaker: this.#breaker.status(),
      attempts: { ...this.#attempts },
      lastError: this.#lastError,
    };
  }

  #dispatch(): void {
    this.#cancelWake();
    while (!this.#isStopped && this.#running < this.#input.limits.concurrency) {
      const ticket = this.#waiting.first();
      if (ticket === undefined) return;
      const waitMs = this.#waitMs(ticket);
      if (waitMs > 0) {
        // While a probe is under way nothing is worth a timer: its end dispatches.
        if (Number.isFinite(waitMs)) {
          this.#cancelWake = this.#input.timers.set(waitMs, () => this.#dispatch());
        }
        return;
      }
      this.#waiting.take(ticket);
      this.#bucket.take();
      void this.#run(ticket);
    }
  }

  #waitMs(ticket: JobTicket): number {
    const now = this.#input.clock.now();
    return Math.max(ticket.job.notBefore - now, this.#breaker.waitMs(now), this.#bucket.waitMs(now));
  }

  async #run(ticket: JobTicket): Promise<void> {
    const { job } = ticket;
    const active: Active = { isReporting: false, next: null };
    this.#active.set(job.id, active);
    const permit = this.#breaker.begin();
    this.#running += 1;
    const outcome = await this.#input.attempt(ticket);
    this.#running -= 1;
    if (outcome !== undefined) {
      const isFailure = outcome.result === 'failed' && outcome.reason !== 'refused';
      this.#breaker.end(permit, isFailure ? 'failure' : 'success', this.#input.clock.now());
      this.#count(outcome);
      active.isReporting = true;
      this.#dispatch();
      await this.#report(job.id, outcome);
    }
    this.#active.delete(job.id);
    this.#waiting.release(job.resource);
    if (active.next !== null) this.accept(active.next);
    this.#dispatch();
  }

  #count(outcome: JobOutcome): void {
    this.#attempts[outcome.result === 'failed' ? outcome.reason : outcome.result] += 1;
    if (outcome.result === 'failed') {
      this.#lastError = { at: this.#input.clock.now(), message: outcome.error };
    }
  }

  async #report(jobId: string, outcome: JobOutcome): Promise<void> {
    try {
      await this.#input.report(jobId, outcome);
    } catch (error) {
      // The keeper stopped before the outcome was durable. It hands the job out again when it is back.
      this.#input.logger.debug({ job: jobId, err: error }, 'an outcome was not taken');
    }
  }

  async #refuseMore(ticket: JobTicket): Promise<void> {
    const error = `More than ${this.#input.limits.waitingMax} jobs wait for provider ${this.#input.provider}.`;
    const outcome: JobOutcome = { result: 'failed', reason: 'exhausted', error };
    this.#count(outcome);
    await this.#report(ticket.job.id, outcome);
  }
}
