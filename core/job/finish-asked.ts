import { ledgerTraits } from '../ledger/ledger-traits.ts';
import type { Asked, Job, JobOutcome } from '../model/job.ts';
import { ALLOCATED_STATES, nextResourceStatus } from '../model/resource.ts';
import type { Observation, Resource } from '../model/resource.ts';
import { changeResource } from '../resource/change-resource.ts';
import { markResource, takeTraits } from '../resource/observed-traits.ts';
import { changeUpkeep } from '../upkeep/change-upkeep.ts';
import { upkeepOfPool } from '../upkeep/owner.ts';
import { settableSize, shiftSize } from '../upkeep/shift-size.ts';
import { DETACHED_MAX } from '../upkeep/detached-max.ts';
import type { Transaction } from '../world/transaction.ts';
import { answerJob } from './answer-job.ts';
import { followUp } from './observe.ts';

type Failed = Extract<JobOutcome, { result: 'failed' }>;

/** What counts, and may be taken away: as it is where nobody ever said anything. */
const UNSAID = { active: true, evictable: true } as const;

/** A machine that exists was taken in: a member like any other, of a pool that is to be one larger. */
export function finishAttach(tx: Transaction, job: Job, resource: Resource, seen: Observation): void {
  if (!ALLOCATED_STATES.includes(seen.machine)) {
    const error = `machine ${seen.externalId} is ${seen.machine}`;
    return failAsked(tx, job, resource, { result: 'failed', reason: 'missing', error });
  }
  tx.remove('job', job.id);
  const marks = { membership: UNSAID, ...seen.marks };
  const status = nextResourceStatus(resource, 'created');
  const observation = { ...seen, marks };
  const member = takeTraits(tx, resource, { observation, askedAt: tx.now, status });
  shiftSize(tx, resource.pool, 1);
  tx.emit('resource.attached', subjectOf(resource), { name: resource.name, externalId: seen.externalId });
  answerJob(tx, job, null);
  followUp(tx, member);
}

/** A machine was let go of: it lives on, and is nobody's here. */
export function finishDetach(tx: Transaction, job: Job, resource: Resource): void {
  const status = nextResourceStatus(resource, 'destroyed');
  tx.remove('job', job.id);
  tx.remove('resource', resource.id);
  noteDetached(tx, resource);
  tx.emit('resource.detached', subjectOf(resource), { ...ledgerTraits(tx, resource), status });
  answerJob(tx, job, null);
}

function noteDetached(tx: Transaction, { pool, externalId }: Resource): void {
  const upkeep = upkeepOfPool(tx.world, pool);
  if (upkeep === undefined || externalId === null) return;
  const detached = [...upkeep.detached, { externalId, at: tx.now }].slice(-DETACHED_MAX);
  changeUpkeep(tx, upkeep, { detached });
}

export function finishMark(tx: Transaction, job: Job, resource: Resource): void {
  tx.remove('job', job.id);
  markResource(tx, resource, job.marks ?? {});
  answerJob(tx, job, null);
}

/** The end of a machine was taken on: its client is answered, and what is left of the job is as every other. */
export function answerEnd(tx: Transaction, { asked, ...job }: Job): Job {
  if (asked === undefined) return job;
  answerJob(tx, job, null);
  return tx.put('job', job.id, job);
}

/** The one attempt failed: everything is as it was before. */
export function failAsked(tx: Transaction, job: Job, resource: Resource, failure: Failed): void {
  tx.remove('job', job.id);
  if (job.kind === 'attach') tx.remove('resource', resource.id);
  if (job.asked !== undefined) keep(tx, resource, job.asked);
  answerJob(tx, job, failure);
}

function keep(tx: Transaction, resource: Resource, { was, loweredTo }: Asked): void {
  const status = nextResourceStatus(resource, was === 'free' ? 'kept' : 'arrived');
  const kept = changeResource(tx, resource, { status });
  tx.emit('resource.resumed', subjectOf(resource), { from: resource.status });
  const isUnchanged = loweredTo !== null && settableSize(tx.world, resource.pool) === loweredTo;
  if (isUnchanged) shiftSize(tx, resource.pool, 1);
  followUp(tx, kept);
  if (was === 'free') tx.toOffer.push(kept.id);
}

function subjectOf({ id, pool }: Resource): { resource: string; pool: string } {
  return { resource: id, pool };
}
