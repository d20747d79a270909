import { invariant, Refusal } from '@poolkeeper/core';
import type { Job, JobOutcome, JobTicket, ReleaseReason, StepOutcome } from '@poolkeeper/core';
import { maskError, maskEvidence } from '../jobs/mask-result.ts';
import type { OpenInput, OpenedInput, RemoteJobs, StepLogs } from '../jobs/step-contract.ts';
import type { Logger } from '../logger.ts';
import { StepRefused } from '../steps/contract.ts';
import type { CancelTimer, Clock, Timers } from '../timers.ts';
import { Claim } from './claim.ts';
import type { StepJobTicket } from './claim.ts';
import type {
  ClaimedJob,
  ClaimReference,
  OutputChunk,
  RemoteOutcome,
  RunnerHello,
  Runners,
  RunnersSummary,
} from './contract.ts';
import { Polls } from './polls.ts';
import { runnerId, RunnerRegistry, tokenOfRunner } from './runner-registry.ts';
import { statusOf } from './runner-status.ts';
import { WaitingWork } from './waiting-work.ts';

/**
 * How long a runner may be silent about a job before that goes back, in milliseconds: three heartbeats. A server that was just
 * started, or stood still itself, grants it anew.
 */
export const SILENCE_MS_MAX = 30_000;
/** How often claims are looked at, in milliseconds. */
const LOOK_MS = 5_000;
/** Jobs that one request tries to claim before it answers that there is none; others may be faster each time. */
const CLAIM_TRIES_MAX = 16;

export type RemoteWorkParts = {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly openInput: OpenInput;
  readonly logs: StepLogs;
  /** The core's word; each is durable when it is answered. */
  readonly claimJob: (job: string, runner: string) => Promise<Job | null>;
  readonly releaseClaim: (job: string, fence: number, reason: ReleaseReason) => Promise<void>;
  /** Answers whether the outcome counted. */
  readonly finishJob: (job: string, fence: number, outcome: JobOutcome) => Promise<boolean>;
};

/**
 * Lends jobs to runners on other machines, and takes them back from those that fall silent.
 *
 * What is claimed by whom is the core's to know: this follows the tickets that the keeper hands out, so after a restart it
 * finds the claims that there were. Disposing leaves claims as they are: their runners go on, and report to the next server.
 */
export class RemoteWork implements RemoteJobs, Runners, Disposable {
  readonly #parts: RemoteWorkParts;
  readonly #waiting = new WaitingWork();
  readonly #claims = new Map<string, Claim>();
  readonly #polls: Polls;
  readonly #registry = new RunnerRegistry();
  /** Claims that are being taken back. */
  readonly #ending = new Set<Claim>();
  #lost = 0;
  #lookedAt = 0;
  #cancelLook: CancelTimer | undefined;
  #isStopped = false;

  constructor(parts: RemoteWorkParts) {
    this.#parts = parts;
    this.#polls = new Polls(parts, this.#waiting);
  }

  accept(ticket: JobTicket): void {
    const { job } = ticket;
    const known = this.#claims.get(job.id);
    if (known !== undefined && known.fence !== job.claim?.fence) this.#forget(known);
    if (job.claim === null) {
      this.#waiting.put(ticket, this.#parts.clock.now());
      this.#polls.match();
      return;
    }
    this.#waiting.remove(job.id);
    if (known?.fence === job.claim.fence) return;
    invariant(isStepJob(ticket), `job ${job.id} is claimed and has no step`);
    const now = this.#parts.clock.now();
    this.#claims.set(job.id, new Claim(ticket, job.claim, now));
    this.#registry.see(job.claim.runner, now);
    this.#watch();
  }

  drop(jobId: string): void {
    this.#waiting.remove(jobId);
    const claim = this.#claims.get(jobId);
    if (claim !== undefined) this.#forget(claim);
  }

  async claim(runner: RunnerHello, waitMs: number, signal: AbortSignal): Promise<ClaimedJob | null> {
    const { clock } = this.#parts;
    const id = runnerId(runner);
    const until = clock.now() + waitMs;
    for (let tries = 0; tries < CLAIM_TRIES_MAX; tries += 1) {
      this.#registry.see(id, clock.now(), runner);
      const ticket = await this.#polls.next(runner, until - clock.now(), signal);
      this.#registry.see(id, clock.now(), runner);
      if (ticket === null) return null;
      const claimed = await this.#take(ticket, id, signal);
      if (claimed !== null) return claimed;
    }
    return null;
  }

  heartbeat(reference: ClaimReference): void {
    this.#hear(reference);
  }

  async output(reference: ClaimReference, chunks: readonly OutputChunk[]): Promise<void> {
    const claim = this.#hear(reference);
    await this.#ensureOpen(claim);
    for (const chunk of chunks) claim.write(chunk);
  }

  async finish(reference: ClaimReference, outcome: RemoteOutcome): Promise<void> {
    const claim = this.#hear(reference);
    await this.#ensureOpen(claim);
    const step = this.#outcomeOf(claim, outcome);
    const isAccepted = await this.#parts.finishJob(reference.job, claim.fence, { result: 'stepped', step });
    await claim.close();
    if (!isAccepted) throw claimLost(reference);
  }

  async release(reference: ClaimReference): Promise<void> {
    const claim = this.#hear(reference);
    await claim.close(`${claim.runner} gave the step back; another runner does it.`);
    await this.#parts.releaseClaim(reference.job, claim.fence, 'handedBack');
  }

  status(): RunnersSummary {
    const now = this.#parts.clock.now();
    const runners = statusOf(this.#registry.all(now), [...this.#claims.values()], now);
    return { runners, waiting: this.#waiting.size, claimed: this.#claims.size, lost: this.#lost };
  }

  close(): void {
    this.#polls.close();
  }

  [Symbol.dispose](): void {
    this.#isStopped = true;
    this.#polls.close();
    this.#cancelLook?.();
  }

  /** Null where another was faster, or nothing can be done with the job. */
  async #take(ticket: JobTicket, runner: string, signal: AbortSignal): Promise<ClaimedJob | null> {
    const { claimJob, releaseClaim, logs } = this.#parts;
    invariant(isStepJob(ticket), `job ${ticket.job.id} is for runners and has no step`);
    const job = await this.#orPutBack(ticket, claimJob(ticket.job.id, runner));
    const claim = this.#claims.get(ticket.job.id);
    if (job?.claim === undefined || job.claim === null || claim?.fence !== job.claim.fence) return null;
    const opened = await this.#open(claim);
    if (opened === null) return null;
    claim.open(logs, opened.secretValues);
    if (!signal.aborted) return { ticket: { ...ticket, job }, fence: claim.fence, ...opened };
    // Nobody is there to be answered.
    await claim.close();
    await releaseClaim(job.id, claim.fence, 'handedBack');
    return null;
  }

  /** A job that could not be claimed now waits on, unless the keeper said something else of it meanwhile. */
  async #orPutBack(ticket: JobTicket, claiming: Promise<Job | null>): Promise<Job | null> {
    try {
      return await claiming;
    } catch (error) {
      if (!this.#claims.has(ticket.job.id)) this.#waiting.put(ticket, this.#parts.clock.now());
      throw error;
    }
  }

  /** The step's input for its runner; null where it cannot be, which is then the step's outcome. */
  async #open(claim: Claim): Promise<OpenedInput | null> {
    const { clock, openInput, finishJob, logs } = this.#parts;
    try {
      return await openInput(claim.ticket.step);
    } catch (error) {
      const now = clock.now();
      const text = maskError([], error);
      claim.open(logs, []);
      await claim.close(text);
      await finishJob(claim.ticket.job.id, claim.fence, {
        result: 'stepped',
        step: {
          isPassed: false,
          mayRetry: !(error instanceof StepRefused),
          startedAt: now,
          endedAt: now,
          exitCode: null,
          outputDigest: null,
          outputBytes: 0,
          evidence: null,
          error: text,
        },
      });
      return null;
    }
  }

  /** After a restart the secrets of a claim are opened again, to be masked. */
  async #ensureOpen(claim: Claim): Promise<void> {
    if (claim.isOpen) return;
    const { openInput, logs } = this.#parts;
    const values = await Promise.resolve(openInput(claim.ticket.step)).then(
      ({ secretValues }) => secretValues,
      // One that is gone since cannot be known any more; the runner, which had it, masks it.
      () => [],
    );
    if (!claim.isOpen) claim.open(logs, values);
  }

  #outcomeOf(claim: Claim, { durationMs, ...rest }: RemoteOutcome): StepOutcome {
    const now = this.#parts.clock.now();
    return {
      ...rest,
      startedAt: Math.max(claim.since, now - durationMs),
      endedAt: now,
      evidence: maskEvidence(claim.needles, rest.evidence),
      error: rest.error === null ? null : maskError(claim.needles, rest.error),
    };
  }

  /** Errors: `claim_lost`. */
  #hear(reference: ClaimReference): Claim {
    const claim = this.#claims.get(reference.job);
    const isTheirs = claim?.fence === reference.fence && tokenOfRunner(claim.runner) === reference.token;
    if (claim === undefined || !isTheirs) throw claimLost(reference);
    claim.heardAt = this.#parts.clock.now();
    this.#registry.see(claim.runner, claim.heardAt);
    return claim;
  }

  #forget(claim: Claim): void {
    this.#claims.delete(claim.ticket.job.id);
    void claim.close();
  }

  #watch(): void {
    if (this.#cancelLook !== undefined || this.#isStopped) return;
    const { clock, timers } = this.#parts;
    this.#lookedAt = clock.now();
    this.#cancelLook = timers.set(LOOK_MS, () => {
      this.#cancelLook = undefined;
      this.#look();
      if (this.#claims.size > 0) this.#watch();
    });
  }

  #look(): void {
    const now = this.#parts.clock.now();
    // A server that stood still heard nobody, which says nothing about them.
    const missedMs = now - this.#lookedAt - LOOK_MS;
    const graceMs = missedMs > LOOK_MS ? missedMs : 0;
    for (const claim of this.#claims.values()) {
      claim.heardAt = Math.min(now, claim.heardAt + graceMs);
      if (now - claim.heardAt >= SILENCE_MS_MAX && !this.#ending.has(claim)) void this.#takeBack(claim);
    }
  }

  async #takeBack(claim: Claim): Promise<void> {
    const { logger, releaseClaim } = this.#parts;
    const { job, step, resource } = claim.ticket;
    const about = {
      job: job.id,
      runner: claim.runner,
      run: step.run,
      step: step.name,
      resource: resource.id,
    };
    this.#ending.add(claim);
    try {
      await claim.close(`${claim.runner} fell silent; another runner does the step.`);
      await releaseClaim(job.id, claim.fence, 'silent');
      this.#lost += 1;
      logger.warn(about, 'a runner fell silent; its job goes to another one');
    } catch (error) {
      // The keeper cannot write now; the next look tries again.
      logger.debug({ ...about, err: error }, 'a job could not be taken back yet');
    } finally {
      this.#ending.delete(claim);
    }
  }
}

function isStepJob(ticket: JobTicket): ticket is StepJobTicket {
  return ticket.step !== null;
}

function claimLost({ job }: ClaimReference): Refusal {
  return new Refusal(
    'claim_lost',
    `Job ${job} is not this runner's any more: it is over, or another runner has it. Stop it and forget it.`,
  );
}
