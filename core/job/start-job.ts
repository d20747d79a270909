import { ID_PREFIX } from '../ids.ts';
import type { Asked, Job } from '../model/job.ts';
import type { Marks } from '../model/resource.ts';
import type { Resource } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';
import type { World } from '../world/world.ts';
import { answerJob, INTERRUPTED, isAsked } from './answer-job.ts';

/** What a job is about, beside its resource: a provider's call, or a step of a run. */
type Work =
  | { readonly kind: 'create' | 'destroy' | 'attach' }
  | { readonly kind: 'destroy' | 'detach'; readonly asked: Asked }
  | { readonly kind: 'mark'; readonly marks: Marks }
  | {
      readonly kind: 'step';
      readonly step: NonNullable<Job['step']>;
      readonly runsOn: Job['runsOn'];
    };

/** Asks for outside work. A resource has one job at a time: a new one takes the place of the one before it. */
export function startJob(tx: Transaction, work: Work, resource: Resource): Job {
  dropJob(tx, resource);
  const id = tx.context.newId(ID_PREFIX.job);
  return tx.put('job', id, {
    id,
    provider: resource.provider,
    pool: resource.pool,
    resource: resource.id,
    epoch: resource.epoch,
    attempts: 0,
    notBefore: tx.now,
    createdAt: tx.now,
    lastError: null,
    step: null,
    runsOn: {},
    claim: null,
    fence: 0,
    ...work,
  });
}

/** Ends the job of a resource, if it has one. Who waits for its answer is told. */
export function dropJob(tx: Transaction, resource: Resource): void {
  const job = jobOf(tx.world, resource);
  if (job === undefined) return;
  tx.remove('job', job.id);
  if (isAsked(job)) answerJob(tx, job, INTERRUPTED);
}

export function jobOf(world: World, resource: Resource): Job | undefined {
  return world.jobs.get(world.jobOfResource.get(resource.id) ?? '');
}

/** Is its provider asked to make it, for the first time or again? */
export function isBeingMade(tx: Transaction, resource: Resource): boolean {
  return jobOf(tx.world, resource)?.kind === 'create';
}

/** Is its provider asked to take it in, because a client wants that? */
export function isBeingAttached(tx: Transaction, resource: Resource): boolean {
  return jobOf(tx.world, resource)?.kind === 'attach';
}
