import type { JobTicket, JsonObject, StepOutcome, StepTicket } from '@poolkeeper/core';

/** A runner as it says hello with each claim. */
export type RunnerHello = {
  /** Its own name; together with its token's it tells runners apart. */
  readonly name: string;
  /** The name of its token. */
  readonly token: string;
  /** The pools whose work it may do; null is all. */
  readonly pools: readonly string[] | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly version: string;
};

/** A job in the hands of a runner, with the step's secrets opened for that runner alone. It is kept nowhere. */
export type ClaimedJob = {
  readonly ticket: JobTicket & { readonly step: StepTicket };
  /** Every report has to bear it. */
  readonly fence: number;
  readonly input: JsonObject;
  /** What has to be masked in everything that the step puts out. */
  readonly secretValues: readonly string[];
};

/** Which claim a report is of, and whose token sends it. */
export type ClaimReference = { readonly token: string; readonly job: string; readonly fence: number };

export const OUTPUT_STREAMS = ['stdout', 'stderr', 'note'] as const;
export type OutputStream = (typeof OUTPUT_STREAMS)[number];

/** A piece of output. `seq` counts from 1 in each claim, so that one that is sent again is written once. */
export type OutputChunk = { readonly seq: number; readonly stream: OutputStream; readonly bytes: Uint8Array };

/** A step's outcome, with a duration in the place of instants: the runner's clock is another one. */
export type RemoteOutcome = Omit<StepOutcome, 'startedAt' | 'endedAt'> & { readonly durationMs: number };

export type RunnerJob = {
  readonly job: string;
  readonly run: string;
  readonly step: string;
  readonly pool: string;
  readonly resource: string;
  /** When it was claimed, or found claimed at the start, and when its runner was heard last. Milliseconds UTC. */
  readonly since: number;
  readonly heardAt: number;
};

/** A runner as the server knows it. Instants are milliseconds UTC. */
export type RunnerStatus = {
  readonly name: string;
  readonly token: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Empty until it says. */
  readonly version: string;
  readonly state: 'connected' | 'silent';
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly jobs: readonly RunnerJob[];
};

export type RunnersSummary = {
  readonly runners: readonly RunnerStatus[];
  /** Jobs that wait for a runner, and those in the hands of one. */
  readonly waiting: number;
  readonly claimed: number;
  /** Claims that ended since the start because nothing was heard of the runner. */
  readonly lost: number;
};

/**
 * The work of runners on other machines, as the routes see it.
 *
 * Every report of a claim that is over is refused with `claim_lost`: the runner stops that job and forgets it.
 */
export type Runners = {
  /**
   * Gives the oldest job that fits, as soon as there is one; null after `waitMs`, when the signal aborts, or when the server stops.
   *
   * Errors: `too_many_requests`, those of the keeper.
   */
  claim(runner: RunnerHello, waitMs: number, signal: AbortSignal): Promise<ClaimedJob | null>;
  heartbeat(claim: ClaimReference): void;
  output(claim: ClaimReference, chunks: readonly OutputChunk[]): Promise<void>;
  finish(claim: ClaimReference, outcome: RemoteOutcome): Promise<void>;
  /** Gives the job back for another runner. */
  release(claim: ClaimReference): Promise<void>;
  status(): RunnersSummary;
  /** Answers all who wait; who comes later does not wait. */
  close(): void;
};
