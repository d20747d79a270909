import type { JobOutcome, JobTicket, ProviderLimits } from '@poolkeeper/core';
import type { Logger } from '../logger.ts';
import { ProviderGone, ProviderRefused } from '../providers/contract.ts';
import type { Provider } from '../providers/contract.ts';
import type { Clock, Random, Timers } from '../timers.ts';
import type { JobRunner, LookTicket, ReportLook, ReportOutcome } from './contract.ts';
import type { CallProbe } from './call-probe.ts';
import { callProvider } from './call-provider.ts';
import { toFailure } from './failure.ts';
import { DEFAULT_JOB_LIMITS, limitsOfProvider } from './limits.ts';
import type { JobLimits } from './limits.ts';
import { LookRunner } from './look-runner.ts';
import { ProviderLane, resultOf } from './provider-lane.ts';
import type { LaneStatus } from './provider-lane.ts';
import { StepAttempts } from './step-attempts.ts';
import type { StepParts } from './step-contract.ts';
import { StepLane } from './step-lane.ts';
import type { StepLaneStatus } from './step-lane.ts';
import { callWithLimit } from './time-limit.ts';

export type JobRunnerInput = {
  /** By name, read anew for each attempt: a provider that is added later serves the jobs that wait for it. */
  readonly providers: ReadonlyMap<string, Provider>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly report: ReportOutcome;
  /** Takes what became of looks; none is made where it is left out. */
  readonly reportLook?: ReportLook;
  /** What differs from `DEFAULT_JOB_LIMITS`, for every provider; `setLimits` says what differs for one. */
  readonly limits?: Partial<JobLimits>;
  /** Hears of every attempt. */
  readonly called?: CallProbe;
  /** What steps of runs are done with; none can be done without. */
  readonly steps?: StepParts;
};

const NO_STEPS: StepParts = {
  executors: {},
  openInput: ({ with: input }) => ({ input, secretValues: [] }),
  logs: { open: () => ({ write: () => {}, close: () => Promise.resolve() }) },
};

/** A runner that shows what it does: one entry for each provider that it met a job of, or was told limits of. */
export type LocalJobRunner = JobRunner & {
  /** Says how hard a provider's account may be used, from now on. */
  setLimits(provider: string, limits: ProviderLimits): void;
  /**
   * Resolves when the rate of a provider's account lets a look at what it made go; the look is then counted.
   *
   * Errors: the signal's reason as soon as it aborts.
   */
  admitLook(provider: string, signal: AbortSignal): Promise<void>;
  status(): readonly LaneStatus[];
  /** How the steps go that no provider does. */
  stepStatus(): StepLaneStatus;
};

/**
 * Runs jobs in this process, each provider's in a lane of its own (`provider-lane.ts`), steps in one of all
 * (`step-lane.ts`). A step that a provider does goes through that provider's lane: it is a call of the same account.
 *
 * It makes one attempt whenever a job is handed over, and decides nothing about the next one: that is the core's.
 * Disposing aborts what is under way and resolves when it ended; unfinished jobs are not reported, so they are handed
 * out again after the next start.
 *
 * Errors: none; whatever a provider throws becomes an outcome.
 */
export function createJobRunner(input: JobRunnerInput): LocalJobRunner {
  return new LaneJobRunner(input);
}

class LaneJobRunner implements LocalJobRunner {
  readonly #input: JobRunnerInput;
  readonly #limits: JobLimits;
  readonly #lanes = new Map<string, ProviderLane>();
  readonly #stop = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #attempts: StepAttempts;
  readonly #stepLane: StepLane;
  readonly #looks: LookRunner | undefined;

  constructor(input: JobRunnerInput) {
    const { clock, timers, logger, report, steps = NO_STEPS } = input;
    this.#input = input;
    this.#limits = { ...DEFAULT_JOB_LIMITS, ...input.limits };
    this.#attempts = new StepAttempts({ ...steps, clock, timers, logger });
    this.#stepLane = new StepLane({
      clock,
      timers,
      logger,
      report,
      attempt: (ticket, stop) => this.#track(this.#attempts.run(ticket, stop)),
    });
    const { providers, called, reportLook } = input;
    if (reportLook === undefined) return;
    this.#looks = new LookRunner({
      providers,
      clock,
      timers,
      logger,
      report: reportLook,
      admit: (provider, signal) => this.admitLook(provider, signal),
      ...(called === undefined ? {} : { called }),
    });
  }

  accept(ticket: JobTicket): void {
    const { job, step } = ticket;
    if (step === null) return this.#laneOf(job.provider).accept(ticket);
    if (Object.keys(job.runsOn).length > 0) return this.#input.steps?.remote?.accept(ticket);
    if (step.uses === 'provider') return this.#laneOf(job.provider).accept(ticket);
    this.#stepLane.accept(ticket);
  }

  drop(jobId: string): void {
    this.#stepLane.drop(jobId);
    this.#input.steps?.remote?.drop(jobId);
    for (const lane of this.#lanes.values()) lane.drop(jobId);
  }

  look(upkeep: string, ticket: LookTicket | null): void {
    this.#looks?.accept(upkeep, ticket);
  }

  setLimits(provider: string, limits: ProviderLimits): void {
    this.#laneOf(provider).setLimits(limitsOfProvider(this.#limits, limits));
  }

  admitLook(provider: string, signal: AbortSignal): Promise<void> {
    return this.#laneOf(provider).admitLook(signal);
  }

  status(): readonly LaneStatus[] {
    return [...this.#lanes.values()].map((lane) => lane.status());
  }

  stepStatus(): StepLaneStatus {
    return this.#stepLane.status();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const lane of this.#lanes.values()) lane.stop();
    const reason = new Error('The job runner stops.');
    this.#stepLane.stop(reason);
    this.#stop.abort(reason);
    await Promise.all([...this.#underWay, this.#looks?.[Symbol.asyncDispose]()]);
  }

  #laneOf(provider: string): ProviderLane {
    const known = this.#lanes.get(provider);
    if (known !== undefined) return known;
    const { clock, timers, random, logger, report } = this.#input;
    const attempt = (ticket: JobTicket): Promise<JobOutcome | undefined> =>
      this.#track(this.#measure(ticket));
    const lane = new ProviderLane({
      provider,
      clock,
      timers,
      random,
      logger,
      report,
      limits: this.#limits,
      attempt,
    });
    if (this.#stop.signal.aborted) lane.stop();
    this.#lanes.set(provider, lane);
    return lane;
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }

  async #measure(ticket: JobTicket): Promise<JobOutcome | undefined> {
    const { clock, called } = this.#input;
    const startedAt = clock.now();
    const outcome = await this.#attempt(ticket);
    if (outcome !== undefined) {
      const { kind: call, provider } = ticket.job;
      const result = resultOf(outcome);
      called?.({ provider, call, result, durationMs: clock.now() - startedAt });
    }
    return outcome;
  }

  async #attempt(ticket: JobTicket): Promise<JobOutcome | undefined> {
    if (ticket.step !== null) return this.#attempts.run(ticket, this.#stop.signal);
    try {
      return await this.#call(ticket);
    } catch (error) {
      if (this.#stop.signal.aborted) return undefined;
      if (error instanceof ProviderGone && ticket.job.kind === 'destroy') return { result: 'gone' };
      const failure = toFailure(error, ticket);
      const { id, kind, provider, resource } = ticket.job;
      const fields = { job: id, provider, resource, reason: failure.reason, error: failure.error };
      this.#input.logger.warn(fields, `could not ${kind} a resource`);
      return failure;
    }
  }

  async #call(ticket: JobTicket): Promise<JobOutcome> {
    const { job } = ticket;
    const provider = this.#input.providers.get(job.provider);
    if (provider === undefined) {
      throw new ProviderRefused(
        `Provider ${job.provider} is not configured any more. Configure it again, or retire the resource.`,
      );
    }
    const isNew = job.kind === 'create' || job.kind === 'attach';
    const limitMs = isNew ? this.#limits.createMs : this.#limits.destroyMs;
    const what = `${job.kind} call of provider ${job.provider}`;
    const limits = { timers: this.#input.timers, what, limitMs, stop: this.#stop.signal };
    return callWithLimit(limits, (signal) => callProvider(provider, ticket, signal));
  }
}
