import type { Job } from '../model/job.ts';
import type { Transaction } from '../world/transaction.ts';
import { backoffMs } from './backoff.ts';

export type ClaimJob = {
  readonly type: 'claimJob';
  readonly job: string;
  /** Who claims it, `name@token`. */
  readonly runner: string;
};

/** `job` is null when there is nothing to claim any more: it is over, another runner has it, or its time has not come. */
export type JobClaimed = { readonly job: Job | null };

/**
 * Gives a job to one runner on another machine. From here on only a report with the fence of this claim counts.
 *
 * Shape: changes the job; emits `job.claimed`. Errors: none.
 */
export function claimJob(tx: Transaction, { job: id, runner }: ClaimJob): JobClaimed {
  const job = tx.world.jobs.get(id);
  if (job === undefined || job.claim !== null || job.notBefore > tx.now || !isForRunners(job))
    return { job: null };
  const fence = job.fence + 1;
  tx.emit('job.claimed', subjectOf(job), { job: id, runner, fence });
  return { job: tx.put('job', id, { ...job, fence, claim: { runner, fence } }) };
}

/**
 * Why a claim ended without an outcome. `silent`: nothing was heard of the runner. `handedBack`: it stops, or cannot do it now.
 */
export const RELEASE_REASONS = ['silent', 'handedBack'] as const;
export type ReleaseReason = (typeof RELEASE_REASONS)[number];

export type ReleaseClaim = {
  readonly type: 'releaseClaim';
  readonly job: string;
  /** Of the claim that is to end; any other claim stays. */
  readonly fence: number;
  readonly reason: ReleaseReason;
};

/**
 * Takes a job back from its runner, for another one. What the runner still reports has no effect.
 *
 * After silence it waits as after a failure, longer with each claim: what takes its runner down must not take down one after
 * another without a pause.
 * Shape: changes the job; emits `job.released`; answers whether that claim was there. Errors: none.
 */
export function releaseClaim(
  tx: Transaction,
  { job: id, fence, reason }: ReleaseClaim,
): { isReleased: boolean } {
  const job = tx.world.jobs.get(id);
  if (job?.claim?.fence !== fence) return { isReleased: false };
  const pauseMs = reason === 'silent' ? backoffMs(fence, tx.context.random()) : 0;
  tx.emit('job.released', subjectOf(job), { job: id, runner: job.claim.runner, fence, reason });
  tx.put('job', id, { ...job, claim: null, notBefore: tx.now + pauseMs });
  return { isReleased: true };
}

/** May an outcome under this fence count? `fence` is undefined where the server did the job itself. */
export function isOfClaim(job: Job, fence: number | undefined): boolean {
  return job.claim?.fence === fence;
}

/** Is it done by runners on other machines alone? */
export function isForRunners({ runsOn }: Pick<Job, 'runsOn'>): boolean {
  return Object.keys(runsOn).length > 0;
}

function subjectOf(job: Job): { resource: string; pool: string } {
  return { resource: job.resource, pool: job.pool };
}
