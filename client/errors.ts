import type { Lease, Problem } from './api.gen.ts';

/** The codes of refusals that this version of the SDK knows; a newer server may have others. */
export type ErrorCode = Problem['code'];

/** Why a lease ended. */
export type EndReason = NonNullable<Lease['endReason']>;

/**
 * The server said no. `code` is for programs and stable, `message` is for people: what was refused, and what to do.
 *
 * @example
 * ```ts
 * import { ApiError, createPoolkeeper } from '@poolkeeper/client';
 *
 * const poolkeeper = createPoolkeeper({ url: 'http://127.0.0.1:7420', token: 'pk_…' });
 * try {
 *   await poolkeeper.pools.get('boards');
 * } catch (error) {
 *   if (!(error instanceof ApiError) || error.code !== 'pool_not_found') throw error;
 *   console.log(error.message);
 * }
 * ```
 */
export class ApiError extends Error {
  override readonly name = 'ApiError' as const;
  /** What was refused, as a stable word; `docs/errors.md` explains each. */
  readonly code: ErrorCode | (string & {});
  /** The status of the answer. */
  readonly status: number;
  readonly title: string;
  /** For people; may be worded differently tomorrow. The same as `message`. */
  readonly detail: string;
  /** The members of the request that are wrong, each with a JSON pointer. */
  readonly errors: Problem['errors'];
  /** The id of the request; the log of the server has it too. */
  readonly requestId: string;
  /** After how long the server expects another try, in milliseconds; undefined where it does not say. */
  readonly retryAfterMs: number | undefined;

  constructor(problem: Problem, retryAfterMs?: number) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
    this.title = problem.title;
    this.detail = problem.detail;
    this.errors = problem.errors;
    this.requestId = problem.instance;
    this.retryAfterMs = retryAfterMs;
  }
}

/** No answer came, or one that no Poolkeeper server gives. What was asked for may have happened all the same. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError' as const;
  /** The address of the server. */
  readonly url: string;

  constructor(url: string, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.url = url;
  }
}

/** The wait for a lease is over without one: it lasted too long, or the lease ended in the queue. Nothing is held. */
export class LeaseNotGrantedError extends Error {
  override readonly name = 'LeaseNotGrantedError' as const;
  readonly reason: 'waited_too_long' | EndReason;
  /** The lease as it was last seen, with its place in the queue. */
  readonly lease: Lease;

  constructor(lease: Lease, reason: 'waited_too_long' | EndReason) {
    super(
      reason === 'waited_too_long'
        ? `Lease ${lease.id} was not granted in the time that there was; the request is withdrawn.`
        : `Lease ${lease.id} ended before it was granted: ${END_REASON_WORDS[reason]}.`,
    );
    this.reason = reason;
    this.lease = lease;
  }
}

/** A lease that is gone; since when its resources are somebody else's is not for us to know. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError' as const;
  readonly leaseId: string;
  /** Why it ended; null where the server does not remember it. */
  readonly reason: EndReason | null;

  constructor(leaseId: string, reason: EndReason | null, detail: string) {
    const words = reason === null ? detail.replace(/[.]$/, '') : (END_REASON_WORDS[reason] ?? reason);
    super(`Lease ${leaseId} is lost: ${words}.`);
    this.leaseId = leaseId;
    this.reason = reason;
  }
}

const END_REASON_WORDS: Readonly<Record<EndReason, string>> = {
  released: 'somebody released it',
  expired: 'its time was over',
  heartbeat_missed: 'the server heard no heartbeat for too long',
  cancelled: 'the request was withdrawn',
  ended_by_operator: 'an operator ended it',
  pool_removed: 'its pool was removed',
};
