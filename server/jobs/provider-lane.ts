import { JOB_KINDS } from '@poolkeeper/core';
import type { JobOutcome, JobTicket, ProviderLimits } from '@poolkeeper/core';
import type { Logger } from '../logger.ts';
import type { CancelTimer, Clock, Random, Timers } from '../timers.ts';
import { AccountGate } from './account-gate.ts';
import { AccountRate } from './account-rate.ts';
import type { RateStatus } from './account-rate.ts';
import type { ReportOutcome } from './contract.ts';
import type { BreakerStatus } from './circuit-breaker.ts';
import type { FillingStatus } from './filling-pause.ts';
import { saidLimits } from './limits.ts';
import type { JobLimits } from './limits.ts';
import { compareWaiting, WaitingJobs } from './waiting-jobs.ts';

/** What became of attempts, as counted. */
export const ATTEMPT_RESULTS = [
  'created',
  'gone',
  'done',
  'missing',
  'going',
  'stepped',
  'transient',
  'exhausted',
  'refused',
] as const;
export type AttemptResult = (typeof ATTEMPT_RESULTS)[number];

export type LaneStatus = {
  readonly provider: string;
  /** What is in force now. */
  readonly limits: Required<ProviderLimits>;
  /** Jobs under way, and jobs that wait: for their instant, a free place, the rate, the breaker or the pause of filling. */
  readonly running: number;
  readonly waiting: number;
  readonly breaker: BreakerStatus;
  readonly filling: FillingStatus;
  readonly rate: RateStatus;
  /** Attempts since the start, by result. */
  readonly attempts: Readonly<Record<AttemptResult, number>>;
  readonly lastError: { readonly at: number; readonly pool: string; readonly message: string } | null;
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
 * The jobs of one provider, and the steps that are actions of it: bounded in number at once and in rate, one at a time for a resource, and held back while the
 * provider's account is not well. One timer wakes it, whatever waits.
 *
 * Looks at what the provider made count against the same rate; neither their number nor their failures are the lane's.
 */
export class ProviderLane {
  readonly #input: LaneInput;
  #limits: JobLimits;
  readonly #waiting = new WaitingJobs();
  /** Who waits to look, in the order in which they came; each lets a look go. */
  readonly #looks = new Set<() => void>();
  readonly #active = new Map<string, Active>();
  readonly #gate: AccountGate;
  readonly #rate: AccountRate;
  readonly #attempts: Record<AttemptResult, number>;
  #running = 0;
  #lastError: LaneStatus['lastError'] = null;
  #cancelWake: CancelTimer = () => {};
  #isStopped = false;

  constructor(input: LaneInput) {
    const { limits, clock, random } = input;
    this.#input = input;
    this.#limits = limits;
    this.#gate = new AccountGate(limits, random);
    this.#rate = new AccountRate(rateOf(limits), clock.now());
    this.#attempts = Object.fromEntries(ATTEMPT_RESULTS.map((result) => [result, 0])) as Record<
      AttemptResult,
      number
    >;
  }

  /** New limits hold at once; what is under way goes on to its end. */
  setLimits(limits: JobLimits): void {
    this.#limits = limits;
    this.#gate.setLimits(limits);
    this.#rate.setLimits(rateOf(limits), this.#input.clock.now());
    this.#dispatch();
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
    if (!this.#waiting.has(ticket.job.id) && this.#waiting.size >= this.#limits.waitingMax) {
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

  /** Resolves when the rate lets a look go. Errors: the signal's reason as soon as it aborts. */
  async admitLook(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const admitted = Promise.withResolvers<void>();
    const abort = (): void => admitted.reject(signal.reason as Error);
    const look = (): void => admitted.resolve();
    signal.addEventListener('abort', abort, { once: true });
    this.#looks.add(look);
    try {
      this.#dispatch();
      await admitted.promise;
    } finally {
      this.#looks.delete(look);
      signal.removeEventListener('abort', abort);
    }
  }

  /** Starts nothing any more. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelWake();
  }

  status(): LaneStatus {
    return {
      provider: this.#input.provider,
      limits: saidLimits(this.#limits),
      running: this.#running,
      waiting: this.#waiting.size,
      ...this.#gate.status(this.#input.clock.now(), this.#waiting.first('create') !== undefined),
      rate: this.#rate.status(),
      attempts: { ...this.#attempts },
      lastError: this.#lastError,
    };
  }

  #dispatch(): void {
    this.#cancelWake();
    while (!this.#isStopped) {
      const now = this.#input.clock.now();
      const job = this.#nextJob(now);
      const [look] = this.#looks;
      const ready = { job: job !== undefined && job.waitMs <= 0, look: look !== undefined };
      if (!ready.job && !ready.look) {
        this.#rate.forgetWait();
        return this.#wakeIn(job?.waitMs);
      }
      const rateMs = this.#rate.waitMs(now);
      if (rateMs > 0) return this.#wakeIn(rateMs);
      const turn = this.#rate.turnOf(ready);
      this.#rate.take(turn, now);
      if (turn === 'look' && look !== undefined) {
        this.#looks.delete(look);
        look();
      } else if (job !== undefined) {
        this.#waiting.take(job.ticket);
        void this.#run(job.ticket);
      }
    }
  }

  /** The job to start next and how long it has to wait, the rate aside; undefined when there is none, or no place for it. */
  #nextJob(now: number): { readonly ticket: JobTicket; readonly waitMs: number } | undefined {
    if (this.#running >= this.#limits.concurrency) return undefined;
    const firsts = JOB_KINDS.flatMap((kind) => {
      const first = this.#waiting.first(kind);
      if (first === undefined) return [];
      const waitMs = Math.max(0, first.ticket.job.notBefore - now, this.#gate.waitMs(kind, now));
      return [{ ...first, waitMs }];
    });
    // Both may wait without end, for what is being tried, so their waits are not subtracted.
    const [next] = firsts.toSorted((a, b) =>
      a.waitMs === b.waitMs ? compareWaiting(a, b) : a.waitMs < b.waitMs ? -1 : 1,
    );
    return next;
  }

  /** While something is being tried nothing is worth a timer: its end dispatches. */
  #wakeIn(waitMs: number | undefined): void {
    if (waitMs === undefined || !Number.isFinite(waitMs)) return;
    this.#cancelWake = this.#input.timers.set(waitMs, () => this.#dispatch());
  }

  async #run(ticket: JobTicket): Promise<void> {
    const { job } = ticket;
    const { clock } = this.#input;
    const active: Active = { isReporting: false, next: null };
    this.#active.set(job.id, active);
    const admission = this.#gate.begin(job.kind, clock.now());
    this.#running += 1;
    const outcome = await this.#input.attempt(ticket);
    this.#running -= 1;
    if (outcome !== undefined) {
      this.#gate.end(admission, ticket, { outcome, now: clock.now() });
      this.#count(outcome, job.pool);
      active.isReporting = true;
      this.#dispatch();
      await this.#report(job.id, outcome);
    }
    this.#active.delete(job.id);
    this.#waiting.release(job.resource);
    if (active.next !== null) this.accept(active.next);
    this.#dispatch();
  }

  #count(outcome: JobOutcome, pool: string): void {
    this.#attempts[resultOf(outcome)] += 1;
    const message = errorOf(outcome);
    if (message !== null) this.#lastError = { at: this.#input.clock.now(), pool, message };
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
    const error = `More than ${this.#limits.waitingMax} jobs wait for provider ${this.#input.provider}.`;
    const outcome: JobOutcome = { result: 'failed', reason: 'exhausted', error };
    this.#count(outcome, ticket.job.pool);
    await this.#report(ticket.job.id, outcome);
  }
}

function rateOf({ ratePerSecond, burst }: JobLimits): { perSecond: number; burst: number } {
  return { perSecond: ratePerSecond, burst };
}

/** What became of an attempt, as counted. An action that did not pass is what a failed call would be. */
export function resultOf(outcome: JobOutcome): AttemptResult {
  if (outcome.result === 'failed') return outcome.reason;
  if (outcome.result !== 'stepped' || outcome.step.isPassed) return outcome.result;
  return outcome.step.mayRetry ? 'transient' : 'refused';
}

function errorOf(outcome: JobOutcome): string | null {
  if (outcome.result === 'failed') return outcome.error;
  return outcome.result === 'stepped' ? outcome.step.error : null;
}
