import type { JsonObject } from '../json.ts';
import type { Observation } from './resource.ts';

/** Outside work on one resource. More kinds (steps, notifications) come with workflows. */
export const JOB_KINDS = ['create', 'destroy'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

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
};

/** What became of one attempt at a job. `error` is for people and free of secrets. */
export type JobOutcome =
  /** The thing exists. It may still be booting: `machine` and `liveness` say so. */
  | { readonly result: 'created'; readonly observation: Observation }
  /** It is proven gone. */
  | { readonly result: 'gone' }
  /** Its end was asked for, and it is still there: ask again. */
  | { readonly result: 'going' }
  | {
      readonly result: 'failed';
      readonly reason: 'transient' | 'exhausted' | 'refused';
      readonly error: string;
    };

/** A job with all that its runner needs, read from the world when it is handed out. */
export type JobTicket = {
  readonly job: Job;
  readonly resource: {
    readonly id: string;
    readonly name: string;
    readonly pool: string;
    readonly kind: string;
  };
  readonly externalId: string | null;
  readonly template: JsonObject | null;
};
