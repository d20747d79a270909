import type { JobOutcome, JobTicket } from '@poolkeeper/core';
import type { Logger } from '../logger.ts';
import type { CancelTimer, Clock, Timers } from '../timers.ts';
import type { ReportOutcome } from './contract.ts';
import { WaitingJobs } from './waiting-jobs.ts';

/** Steps under way at once; each may be a process of this machine. */
export const STEPS_AT_ONCE_MAX = 32;
/** Step jobs that wait; a job beyond is reported as failed, so that the core hands it out later. */
export const STEPS_WAITING_MAX = 1_000_000;

export type StepLaneStatus = { readonly running: number; readonly waiting: number };

export type StepLaneInput = {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly report: ReportOutcome;
  /** Makes one attempt. Never throws; undefined when the signal ended it and nothing became of it. */
  readonly attempt: (ticket: JobTicket, stop: AbortSignal) => Promise<JobOutcome | undefined>;
  /** Less than `STEPS_AT_ONCE_MAX` and `STEPS_WAITING_MAX`, for tests. */
  readonly concurrency?: number;
  readonly waitingMax?: number;
};

/** A job under way: `isReporting` once the attempt is over. `next` is its next attempt, when it came meanwhile. */
type Active = { readonly stop: AbortController; isReporting: boolean; next: JobTicket | null };

/**
 * The steps that this process does: bounded in number at once, one at a time for a resource, not before their instant. One
 * timer wakes it, whatever waits.
 *
 * A step that is no longer wanted is stopped: what it would still do, it would do to a resource that goes another way.
 */
export class StepLane {
  readonly #input: StepLaneInput;
  readonly #concurrency: number;
  readonly #waitingMax: number;
  readonly #waiting = new WaitingJobs();
  readonly #active = new Map<string, Active>();
  #running = 0;
  #cancelWake: CancelTimer = () => {};
  #isStopped = false;

  constructor(input: StepLaneInput) {
    this.#input = input;
    this.#concurrency = input.concurrency ?? STEPS_AT_ONCE_MAX;
    this.#waitingMax = input.waitingMax ?? STEPS_WAITING_MAX;
  }

  /**
   * Takes a job or its next attempt. A job that is under way is not taken twice: its outcome comes anyway. One whose outcome
   * is being reported may already be handed over again, and waits for the end of that.
   */
  accept(ticket: JobTicket): void {
    if (this.#isStopped) return;
    const active = this.#active.get(ticket.job.id);
    if (active !== undefined) {
      if (active.isReporting) active.next = ticket;
      return;
    }
    if (!this.#waiting.has(ticket.job.id) && this.#waiting.size >= this.#waitingMax) {
      void this.#refuseMore(ticket);
      return;
    }
    this.#waiting.put(ticket);
    this.#dispatch();
  }

  drop(jobId: string): void {
    this.#waiting.remove(jobId);
    const active = this.#active.get(jobId);
    if (active === undefined) return;
    active.next = null;
    if (!active.isReporting) active.stop.abort(new Error('The step is no longer wanted.'));
  }

  /** Starts nothing any more, and stops what is under way. */
  stop(reason: Error): void {
    this.#isStopped = true;
    this.#cancelWake();
    for (const { stop, isReporting } of this.#active.values()) if (!isReporting) stop.abort(reason);
  }

  status(): StepLaneStatus {
    return { running: this.#running, waiting: this.#waiting.size };
  }

  #dispatch(): void {
    this.#cancelWake();
    const { clock, timers } = this.#input;
    while (!this.#isStopped && this.#running < this.#concurrency) {
      const next = this.#waiting.first('step')?.ticket;
      if (next === undefined) return;
      const waitMs = next.job.notBefore - clock.now();
      if (waitMs > 0) {
        this.#cancelWake = timers.set(waitMs, () => this.#dispatch());
        return;
      }
      this.#waiting.take(next);
      void this.#run(next);
    }
  }

  async #run(ticket: JobTicket): Promise<void> {
    const { job } = ticket;
    const active: Active = { stop: new AbortController(), isReporting: false, next: null };
    this.#active.set(job.id, active);
    this.#running += 1;
    const outcome = await this.#input.attempt(ticket, active.stop.signal);
    this.#running -= 1;
    active.isReporting = true;
    this.#dispatch();
    if (outcome !== undefined) await this.#report(job.id, outcome);
    this.#active.delete(job.id);
    this.#waiting.release(job.resource);
    if (active.next !== null) this.accept(active.next);
    this.#dispatch();
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
    const now = this.#input.clock.now();
    await this.#report(ticket.job.id, {
      result: 'stepped',
      step: {
        isPassed: false,
        mayRetry: true,
        startedAt: now,
        endedAt: now,
        exitCode: null,
        outputDigest: null,
        outputBytes: 0,
        evidence: null,
        error: `More than ${this.#waitingMax} steps wait already.`,
      },
    });
  }
}
