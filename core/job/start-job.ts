import { ID_PREFIX } from '../ids.ts';
import type { Job } from '../model/job.ts';
import type { Resource } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';

/** What a job is about, beside its resource: a provider's call, or a step of a run. */
type Work =
  | { readonly kind: 'create' | 'destroy' }
  | {
      readonly kind: 'step';
      readonly step: NonNullable<Job['step']>;
      readonly runsOn: Job['runsOn'];
    };

/** Asks for outside work. A resource has one job at a time: a new one takes the place of the one before it. */
export function startJob(tx: Transaction, work: Work, resource: Resource): void {
  dropJob(tx, resource);
  const id = tx.context.newId(ID_PREFIX.job);
  tx.put('job', id, {
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

/** Ends the job of a resource, if it has one. */
export function dropJob(tx: Transaction, resource: Resource): void {
  const id = tx.world.jobOfResource.get(resource.id);
  if (id !== undefined) tx.remove('job', id);
}

/** Is its provider asked to make it, for the first time or again? */
export function isBeingMade(tx: Transaction, resource: Resource): boolean {
  const id = tx.world.jobOfResource.get(resource.id);
  return id !== undefined && tx.world.jobs.get(id)?.kind === 'create';
}
