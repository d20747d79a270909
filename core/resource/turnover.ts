import { dropJob, isBeingAttached, isBeingMade, startJob } from '../job/start-job.ts';
import { giveUpMembers } from '../lease/schedule.ts';
import { formatDuration } from '../duration.ts';
import { nextResourceStatus } from '../model/resource.ts';
import type { Resource } from '../model/resource.ts';
import type { Run } from '../model/run.ts';
import type { HeldLease } from '../model/lease.ts';
import type { Pool } from '../model/pool.ts';
import { DIRTY_STAGE } from '../model/stage.ts';
import type { Stage } from '../model/stage.ts';
import type { OpenTurnover } from '../model/turnover.ts';
import type { Transaction } from '../world/transaction.ts';
import { expiryOf, standAt } from '../stage/stand-at.ts';
import { cleansItself, wayBack } from '../stage/way-back.ts';
import type { MoveLease } from '../workflow/scope.ts';
import { changeResource } from './change-resource.ts';
import { finishExit } from './finish-exit.ts';
import { faultOf } from './health.ts';
import { beginTransition, dropRun } from './transition.ts';
import { recordTurnover, verdictOf } from './turnover-record.ts';

/** Who a resource comes back from; `dest`: to which stage, where it is handed over by stage. */
export type Leaver = MoveLease & Pick<HeldLease, 'on'> & { readonly dest?: string };

/**
 * A lease lets go of a resource: what the pool's release says is done to it, and then it goes where its fate or the pool's
 * recycling sends it; where it is handed over by stage, it may also stand where it is put.
 */
export function takeBack(tx: Transaction, id: string, lease: Leaver): void {
  const resource = dropRun(tx, tx.world.resources.get(id) as Resource);
  const cleaning = changeResource(tx, resource, {
    status: nextResourceStatus(resource, 'release'),
    leaseId: null,
    hold: null,
  });
  const pool = tx.requirePool(resource.pool).pool;
  if (pool.stages === undefined) cleanResource(tx, cleaning, lease);
  else bringBack(tx, { cleaning, pool, from: resource.stage?.from }, lease);
}

/** A member that is handed over by stage comes to the one that it is put at, and goes on from there or stands. */
function bringBack(
  tx: Transaction,
  { cleaning, pool, from }: { cleaning: Resource; pool: Pool; from: string | undefined },
  lease: Leaver,
): void {
  const way = wayBack(pool, { dest: lease.dest ?? DIRTY_STAGE, from });
  const expiresAt = expiryOf(tx, pool, cleaning);
  const back = standAt(tx, cleaning, { name: way.stage, expiresAt });
  const goes = back.fate !== 'recycle' || whyItGoes(tx, back, pool) !== null;
  if (goes || way.next === 'release') cleanResource(tx, back, lease);
  else if (way.next === 'free') finishCleaning(tx, back, null);
  // Nobody takes for cleaning what a native holder does at the release of its own: it stands afterwards.
  else if (way.stage === DIRTY_STAGE)
    beginTransition(tx, back, { transition: 'release', lease, call: lease.on?.release ?? null });
}

/** Was the run only what its holder did, where its pool did nothing? What cleans has a turnover to write down. */
function isOnlyHolders({ turnover, stage }: Resource, run: Run | null): boolean {
  return stage !== undefined && turnover === null && run !== null && run.source.call !== null;
}

/** It stands where it came back to, unless its pool has got something meanwhile that cleans it. */
function standAfterHolder(tx: Transaction, resource: Resource, pool: Pool): void {
  const { name, expiresAt } = resource.stage as Stage;
  const standing = standAt(tx, resource, { name, expiresAt });
  if (cleansItself(pool)) cleanResource(tx, standing, null);
}

/** Begins the turnover of a resource that is to be cleaned: after a lease, or because an operator readmits it. */
export function cleanResource(tx: Transaction, resource: Resource, lease: Leaver | null): void {
  const pool = tx.requirePool(resource.pool).pool;
  const leaving = whyItGoes(tx, resource, pool);
  const turnover = openTurnover(tx, { resource, pool, lease, leaving });
  const opened = turnover === resource.turnover ? resource : changeResource(tx, resource, { turnover });
  // What is evidence is not wiped, and what is dead cannot be.
  const isAsItIs = opened.fate === 'quarantine' || faultOf(opened, tx.now) === 'it is dead';
  if (isAsItIs || isBeingMade(tx, opened)) return finishCleaning(tx, opened, null);
  const call = lease?.on?.release ?? null;
  if (beginTransition(tx, opened, { transition: 'release', lease, call, isLeaving: leaving !== null }))
    finishCleaning(tx, tx.world.resources.get(resource.id) as Resource, null);
}

/** What is to be proven before the resource is free; a turnover that was interrupted goes on. */
function openTurnover(
  tx: Transaction,
  input: { resource: Resource; pool: Pool; lease: Leaver | null; leaving: string | null },
): OpenTurnover | null {
  const { resource, pool, lease, leaving } = input;
  if (lease === null && resource.turnover !== null) return { ...resource.turnover, leaving };
  const { release } = pool.on;
  const workflow = lease?.on?.release?.workflow ?? release?.workflow;
  const isProven = workflow !== undefined || release?.clean !== undefined || release?.verify !== undefined;
  if (!isProven && (pool.recycle === 'clean' || resource.epoch === 0)) return null;
  return {
    epoch: resource.epoch,
    lease: lease?.id ?? null,
    holder: lease?.holder ?? null,
    startedAt: tx.now,
    leaving,
    steps: [],
  };
}

/** Takes a free resource away from the lease that it is set aside for; any other comes back as it is. */
export function unsetAside(tx: Transaction, resource: Resource): Resource {
  if (resource.status !== 'free' || resource.leaseId === null) return resource;
  giveUpMembers(tx, resource.leaseId, new Set([resource.id]));
  return changeResource(tx, resource, { leaseId: null });
}

/**
 * The release is over: to the next holder, by way of a rest, out of the pool, or aside. `run` is the one that did it; null where
 * nothing was to be done.
 */
export function finishCleaning(tx: Transaction, cleaning: Resource, run: Run | null): void {
  const pool = tx.requirePool(cleaning.pool).pool;
  if (cleaning.fate === 'quarantine') return quarantineResource(tx, cleaning, 'an operator asked for it');
  const leaving = cleaning.turnover?.leaving ?? whyItGoes(tx, cleaning, pool) ?? whyItWasToGo(run);
  if (leaving !== null) return retireResource(tx, cleaning, leaving);
  if (pool.stages !== undefined && isOnlyHolders(cleaning, run)) return standAfterHolder(tx, cleaning, pool);
  const clean =
    cleaning.turnover === null
      ? cleaning
      : changeResource(tx, cleaning, recordTurnover(tx, cleaning, verdictOf(run)));
  if (pool.cooldownMs === 0) return void tx.toOffer.push(clean.id);
  changeResource(tx, clean, { restsUntil: tx.now + pool.cooldownMs });
}

/** A release that was cut short because the resource goes has not cleaned it, whatever its pool says by now. */
function whyItWasToGo(run: Run | null): string | null {
  return run?.source.isLeaving === true ? 'it was to go when its release began' : null;
}

/** A resource that was cleaned has rested as long as its pool says. */
export function endRest(tx: Transaction, resource: Resource): void {
  const rested = changeResource(tx, resource, { restsUntil: null });
  const leaving = whyItGoes(tx, rested, tx.requirePool(rested.pool).pool);
  if (leaving === null) tx.toOffer.push(rested.id);
  else retireResource(tx, rested, leaving);
}

/** Why a resource that came back goes out of service; null where it stays. */
function whyItGoes(tx: Transaction, resource: Resource, pool: Pool): string | null {
  if (resource.fate === 'retire') return 'retired';
  if (isBeingMade(tx, resource)) return 'it came back before it was started again';
  const fault = faultOf(resource, tx.now);
  if (fault !== null) return fault;
  if (isOutdated(pool, resource)) return 'an older template made it';
  if (pool.recycle === 'replace' && resource.epoch > 0) return 'replaced after use';
  if (pool.maxUses !== null && resource.uses >= pool.maxUses) return `it was lent ${resource.uses} times`;
  if (pool.maxAgeMs !== null && tx.now - resource.createdAt >= pool.maxAgeMs)
    return `it is older than ${formatDuration(pool.maxAgeMs)}`;
  // Machines outlive a pool that is kept in rounds.
  return pool.status === 'removing' && pool.rounds === undefined ? 'the pool is being removed' : null;
}

/**
 * Did a template make it that is not the pool's? What may not be evicted, what nobody can make again, and what is kept in rounds stays as
 * it is.
 */
function isOutdated({ size, templateRevision, rounds }: Pool, resource: Resource): boolean {
  return (
    size !== null &&
    rounds === undefined &&
    resource.isEvictable &&
    resource.templateRevision !== templateRevision
  );
}

/**
 * Out of service for good: what the pool's exit says is done to it, then its provider is asked to destroy it. What has gone is
 * proven by the job, not by the wish.
 */
export function retireResource(tx: Transaction, resource: Resource, reason: string): void {
  if (isBeingAttached(tx, resource)) return forgetAttached(tx, resource);
  if (isOnlyKnown(tx, resource)) return forgetResource(tx, resource, reason);
  // Where nothing was made, or what was made is dead, there is nothing to run a workflow on.
  const isThere = resource.status !== 'requested' && faultOf(resource, tx.now) !== 'it is dead';
  const idle = dropRun(tx, unsetAside(tx, resource));
  dropJob(tx, idle);
  const exiting = changeResource(tx, idle, {
    status: nextResourceStatus(idle, 'retire'),
    leaseId: null,
    hold: null,
    restsUntil: null,
  });
  tx.emit('resource.exiting', { resource: resource.id, pool: resource.pool }, { reason });
  if (!isThere || beginTransition(tx, exiting, { transition: 'exit' }))
    startJob(tx, { kind: 'destroy' }, tx.world.resources.get(resource.id) as Resource);
}

/** Is it handed over by stage, made by nobody, and nothing is to be done to it at its exit? Then it is gone when it is forgotten. */
function isOnlyKnown(tx: Transaction, resource: Resource): boolean {
  const { stages, on } = tx.requirePool(resource.pool).pool;
  const isMade = tx.world.providers.get(resource.provider)?.makes === true;
  return stages !== undefined && on.exit === undefined && !isMade;
}

function forgetResource(tx: Transaction, resource: Resource, reason: string): void {
  const idle = dropRun(tx, unsetAside(tx, resource));
  const status = nextResourceStatus(idle, 'retire');
  const exiting = changeResource(tx, idle, { status, leaseId: null, hold: null, restsUntil: null });
  tx.emit('resource.exiting', { resource: resource.id, pool: resource.pool }, { reason });
  finishExit(tx, exiting, 'forgotten');
}

/** What a client wants to have taken in is not its pool's yet, so it lives on. */
function forgetAttached(tx: Transaction, resource: Resource): void {
  dropJob(tx, resource);
  tx.remove('resource', resource.id);
}

/** Set aside as unsafe: never lent until an operator readmits it. Outside work on it ends. */
export function quarantineResource(tx: Transaction, resource: Resource, reason: string): void {
  const idle = dropRun(tx, unsetAside(tx, resource));
  dropJob(tx, idle);
  changeResource(tx, idle, {
    status: nextResourceStatus(idle, 'quarantine'),
    leaseId: null,
    hold: null,
    fate: 'recycle',
    destination: null,
    restsUntil: null,
  });
  tx.emit('resource.quarantined', { resource: resource.id, pool: resource.pool }, { reason });
}
