import type { JsonObject } from '../json.ts';
import type { Marks, Observation } from './resource.ts';
import type { SecretUse } from './run.ts';
import type { Transition } from './transition.ts';
import type { StepKind } from './workflow.ts';

/** Outside work on one resource: a provider's call, or a step of a run. */
export const JOB_KINDS = ['create', 'destroy', 'step', 'attach', 'detach', 'mark'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/**
 * What a client asked for that waits for the answer: one attempt is made, and when it fails everything is as it was before.
 *
 * `was`: the status that the resource goes back to. `loweredTo`: the size, as people set it, that its pool was made one smaller to, and gets back unless
 * somebody set another one meanwhile; null where it stayed.
 */
export type Asked = { readonly was: 'entering' | 'free'; readonly loweredTo: number | null };

/**
 * One piece of outside work that the core decided on; durable before the outside is touched.
 *
 * The id is also the idempotency key: it is the same for every attempt. Instants are milliseconds UTC.
 */
export type Job = {
  readonly id: string;
  readonly kind: JobKind;
  readonly provider: string;
  readonly pool: string;
  readonly resource: string;
  /** The resource's epoch when the job was decided; a result for another epoch is refused. */
  readonly epoch: number;
  /** How many attempts failed. */
  readonly attempts: number;
  /** Not to be tried before this instant. */
  readonly notBefore: number;
  readonly createdAt: number;
  readonly lastError: string | null;
  /** The run and the index of the step that a job of kind `step` does; null for the others. */
  readonly step: { readonly run: string; readonly index: number } | null;
  /** Labels that the runner has to have; without any, the server itself does it. */
  readonly runsOn: Readonly<Record<string, string>>;
  /** Which runner has it. `fence` rises with each claim: a report under an older one is refused. */
  readonly claim: { readonly runner: string; readonly fence: number } | null;
  /** The fence of the last claim; 0 before the first. */
  readonly fence: number;
  /** Of the end, or the letting go, of a member that a client asked for, until the first attempt is answered. */
  readonly asked?: Asked;
  /** What a job of kind `mark` writes on the thing. */
  readonly marks?: Marks;
};

/** What became of one attempt at a job. `error` is for people and free of secrets. */
export type JobOutcome =
  /** The thing exists. It may still be booting: `machine` and `liveness` say so. */
  | { readonly result: 'created'; readonly observation: Observation }
  /** It is proven gone. */
  | { readonly result: 'gone' }
  /** Its end was asked for, and it is still there: ask again. */
  | { readonly result: 'going' }
  /** It was let go, or bears what was to be written on it. */
  | { readonly result: 'done' }
  /** A step was tried to its end. */
  | { readonly result: 'stepped'; readonly step: StepOutcome }
  | {
      readonly result: 'failed';
      /** `missing`: there is no such thing. */
      readonly reason: 'transient' | 'exhausted' | 'refused' | 'missing';
      readonly error: string;
    };

/** What one attempt at a step came to. Instants are milliseconds UTC. */
export type StepOutcome = {
  readonly isPassed: boolean;
  /** Is another attempt worth it? Not after input that can never do. */
  readonly mayRetry: boolean;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly exitCode: number | null;
  /** SHA-256 of all that it put out, in hex; null where there is no output. */
  readonly outputDigest: string | null;
  readonly outputBytes: number;
  readonly evidence: JsonObject | null;
  /** For people, free of secrets; null when it passed. */
  readonly error: string | null;
};

/** A step with what its runner needs. Secrets are named and not opened. */
export type StepTicket = {
  readonly run: string;
  readonly index: number;
  readonly name: string;
  readonly workflow: string;
  readonly transition: Transition;
  readonly uses: StepKind;
  readonly with: JsonObject;
  readonly secrets: readonly SecretUse[];
  readonly timeoutMs: number;
  readonly lease: string | null;
  readonly holder: string | null;
};

/** A job with all that its runner needs, read from the world when it is handed out. */
export type JobTicket = {
  readonly job: Job;
  readonly resource: {
    readonly id: string;
    readonly name: string;
    readonly pool: string;
    readonly kind: string;
    readonly epoch: number;
    readonly addresses: readonly string[];
    readonly endpoints: Readonly<Record<string, string>>;
  };
  readonly externalId: string | null;
  readonly template: JsonObject | null;
  /** The step of a job of kind `step`; null for the others. */
  readonly step: StepTicket | null;
};
