import { ID_PREFIX } from '../ids.ts';
import { giveUpMembers } from '../lease/schedule.ts';
import { nextResourceStatus } from '../model/resource.ts';
import type { Resource } from '../model/resource.ts';
import type { JobKind } from '../model/job.ts';
import type { Pool } from '../model/pool.ts';
import type { Transaction } from '../world/transaction.ts';
import { faultOf } from './health.ts';

/** The moves of one resource that more than one command makes. */

/** Puts a new version of a resource; a changed status starts its own time. */
export function changeResource(tx: Transaction, resource: Resource, change: Partial<Resource>): Resource {
  const isMove = change.status !== undefined && change.status !== resource.status;
  return tx.put('resource', resource.id, {
    ...resource,
    ...change,
    ...(isMove ? { since: tx.now } : {}),
    version: resource.version + 1,
  });
}

/**
 * A lease lets go of a resource: it is cleaned, and then goes where its fate or the pool's recycling sends it.
 *
 * There is no cleaning workflow yet, so what is released is cleaned in the same decision.
 */
export function takeBack(tx: Transaction, id: string): void {
  const resource = tx.world.resources.get(id) as Resource;
  const cleaning = changeResource(tx, resource, {
    status: nextResourceStatus(resource, 'release'),
    leaseId: null,
  });
  finishCleaning(tx, cleaning);
}

/** Takes a free resource away from the lease that it is set aside for; any other comes back as it is. */
export function unsetAside(tx: Transaction, resource: Resource): Resource {
  if (resource.status !== 'free' || resource.leaseId === null) return resource;
  giveUpMembers(tx, resource.leaseId, new Set([resource.id]));
  return changeResource(tx, resource, { leaseId: null });
}

/** Cleaning is over: to the next holder, out of the pool, or aside. */
export function finishCleaning(tx: Transaction, cleaning: Resource): void {
  const pool = tx.requirePool(cleaning.pool).pool;
  if (cleaning.fate === 'quarantine') return quarantineResource(tx, cleaning, 'an operator asked for it');
  if (cleaning.fate === 'retire') return retireResource(tx, cleaning, 'retired');
  if (tx.world.jobOfResource.has(cleaning.id)) {
    return retireResource(tx, cleaning, 'it came back before it was started again');
  }
  const fault = faultOf(cleaning, tx.now);
  if (fault !== null) return retireResource(tx, cleaning, fault);
  if (isOutdated(pool, cleaning)) return retireResource(tx, cleaning, 'an older template made it');
  if (pool.recycle === 'replace' && cleaning.epoch > 0)
    return retireResource(tx, cleaning, 'replaced after use');
  if (pool.status === 'removing') return retireResource(tx, cleaning, 'the pool is being removed');
  tx.toOffer.push(cleaning.id);
}

/** Did a template make it that is not the pool's? What may not be evicted, and what nobody can make again, stays as it is. */
function isOutdated({ size, templateRevision }: Pool, resource: Resource): boolean {
  return size !== null && resource.isEvictable && resource.templateRevision !== templateRevision;
}

/** Out of service for good: asks its provider to destroy it. What has gone is proven by the job, not by the wish. */
export function retireResource(tx: Transaction, resource: Resource, reason: string): void {
  const exiting = changeResource(tx, unsetAside(tx, resource), {
    status: nextResourceStatus(resource, 'retire'),
    leaseId: null,
    hold: null,
  });
  tx.emit('resource.exiting', { resource: resource.id, pool: resource.pool }, { reason });
  startJob(tx, 'destroy', exiting);
}

/** Set aside as unsafe: never lent until an operator readmits it. Outside work on it ends. */
export function quarantineResource(tx: Transaction, resource: Resource, reason: string): void {
  dropJob(tx, resource);
  changeResource(tx, unsetAside(tx, resource), {
    status: nextResourceStatus(resource, 'quarantine'),
    leaseId: null,
    hold: null,
    fate: 'recycle',
  });
  tx.emit('resource.quarantined', { resource: resource.id, pool: resource.pool }, { reason });
}

/** Asks for outside work. A resource has one job at a time: a new one takes the place of the one before it. */
export function startJob(tx: Transaction, kind: JobKind, resource: Resource): void {
  const earlier = tx.world.jobOfResource.get(resource.id);
  if (earlier !== undefined) tx.remove('job', earlier);
  const id = tx.context.newId(ID_PREFIX.job);
  tx.put('job', id, {
    id,
    kind,
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
  });
}

/** Ends the job of a resource, if it has one. */
export function dropJob(tx: Transaction, resource: Resource): void {
  const id = tx.world.jobOfResource.get(resource.id);
  if (id !== undefined) tx.remove('job', id);
}
