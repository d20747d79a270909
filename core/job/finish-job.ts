import { unreachable } from '../invariant.ts';
import type { Job, JobOutcome } from '../model/job.ts';
import { nextResourceStatus } from '../model/resource.ts';
import type { Resource } from '../model/resource.ts';
import { holdResource } from '../resource/act-on-resource.ts';
import { finishExit } from '../resource/finish-exit.ts';
import { isOut, setFate } from '../resource/fate.ts';
import { takeTraits } from '../resource/observed-traits.ts';
import type { Transaction } from '../world/transaction.ts';
import { endMachine, mayBeListedYet } from '../upkeep/ended-machine.ts';
import { isAskedForInRounds, noteMade, rejectMember } from '../upkeep/reject-member.ts';
import { isAsked } from './answer-job.ts';
import { backoffMs, GOING_POLL_MS, JOB_ATTEMPTS_MAX } from './backoff.ts';
import { isOfClaim } from './claim-job.ts';
import { answerEnd, failAsked, finishAttach, finishDetach, finishMark } from './finish-asked.ts';
import { finishStep, putOff } from './finish-step.ts';
import { followUp } from './observe.ts';

export type FinishJob = {
  readonly type: 'finishJob';
  readonly job: string;
  readonly outcome: JobOutcome;
  /** The claim under which a runner on another machine did it. */
  readonly fence?: number;
};

/**
 * Takes what became of one attempt at a job.
 *
 * An outcome of a job that is no longer wanted is of no effect: what it made is found again by the job that took its place,
 * by the resource's id. Answers whether the outcome counted.
 */
export function finishJob(tx: Transaction, input: FinishJob): { isAccepted: boolean } {
  const found = tx.world.jobs.get(input.job);
  if (found === undefined || !isOfClaim(found, input.fence)) return { isAccepted: false };
  // The next attempt may be another runner's.
  const job: Job = { ...found, claim: null };
  const resource = tx.world.resources.get(job.resource);
  // What is written on a machine is the same whoever has it by now.
  const isCurrent = resource?.epoch === job.epoch || job.kind === 'mark';
  if (resource === undefined || !isCurrent) return { isAccepted: false };
  const { outcome } = input;
  switch (outcome.result) {
    case 'created':
      if (job.kind === 'create') finishCreate(tx, job, resource, outcome.observation);
      else if (job.kind === 'attach') finishAttach(tx, job, resource, outcome.observation);
      else return { isAccepted: false };
      break;
    case 'gone':
      if (job.kind !== 'destroy') return { isAccepted: false };
      answerEnd(tx, job);
      if (mayBeListedYet(tx, resource)) endMachine(tx, resource);
      else finishExit(tx, resource, 'destroyed');
      break;
    case 'going':
      if (job.kind !== 'destroy') return { isAccepted: false };
      tx.put('job', job.id, { ...answerEnd(tx, job), notBefore: tx.now + GOING_POLL_MS });
      break;
    case 'done':
      if (job.kind === 'detach') finishDetach(tx, job, resource);
      else if (job.kind === 'mark') finishMark(tx, job, resource);
      else return { isAccepted: false };
      break;
    case 'stepped':
      if (job.kind !== 'step') return { isAccepted: false };
      finishStep(tx, job, outcome.step);
      break;
    case 'failed':
      if (isAsked(job)) failAsked(tx, job, resource, outcome);
      else failJob(tx, job, resource, outcome);
      break;
    default:
      unreachable(outcome);
  }
  return { isAccepted: true };
}

type Created = Extract<JobOutcome, { result: 'created' }>['observation'];

function finishCreate(tx: Transaction, job: Job, resource: Resource, observation: Created): void {
  tx.remove('job', job.id);
  const status = resource.status === 'requested' ? nextResourceStatus(resource, 'created') : resource.status;
  noteMade(tx, resource);
  followUp(tx, takeTraits(tx, resource, { observation, askedAt: tx.now, status }));
}

/**
 * Only refusals and long trouble stop for a person; a lack of capacity is waited out. What a round asked for is asked for again by the
 * next.
 */
function failJob(
  tx: Transaction,
  job: Job,
  resource: Resource,
  outcome: JobOutcome & { result: 'failed' },
): void {
  // A step that was not even tried has used up none of its attempts.
  if (job.kind === 'step') return putOff(tx, job, outcome.error);
  const attempts = job.attempts + 1;
  const isRefusedInRounds = job.kind === 'create' && isAskedForInRounds(tx, resource);
  const isGivenUp =
    outcome.reason === 'refused' ||
    (outcome.reason === 'transient' && attempts >= JOB_ATTEMPTS_MAX) ||
    isToBeForgotten(tx, resource);
  tx.emit(
    'job.failed',
    { resource: resource.id, pool: resource.pool },
    {
      job: job.id,
      kind: job.kind,
      attempt: attempts,
      reason: outcome.reason,
      error: outcome.error,
    },
  );
  if (isRefusedInRounds) return rejectMember(tx, resource, outcome.error);
  if (isGivenUp && isOut(resource)) {
    // Its holder keeps it to the end; then it is replaced.
    tx.remove('job', job.id);
    return setFate(tx, resource, 'retire');
  }
  if (isGivenUp) return holdResource(tx, resource, `${job.kind} failed: ${outcome.error}`);
  tx.put('job', job.id, {
    ...job,
    attempts,
    notBefore: tx.now + backoffMs(attempts, tx.context.random()),
    lastError: outcome.error,
  });
}

/** A pool that is kept in rounds goes without its machines: it does not wait for a cloud that is away. */
function isToBeForgotten(tx: Transaction, { pool: name }: Resource): boolean {
  const { pool } = tx.requirePool(name);
  return pool.rounds !== undefined && pool.status === 'removing';
}
