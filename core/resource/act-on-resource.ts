import { Refusal } from '../errors.ts';
import { nextResourceStatus } from '../model/resource.ts';
import type { Resource } from '../model/resource.ts';
import { templateTraits } from '../model/pool.ts';
import type { Pool } from '../model/pool.ts';
import type { Transaction } from '../world/transaction.ts';
import { isOut, setFate } from './fate.ts';
import { retryProbes } from './follow-health.ts';
import { faultOf } from './health.ts';
import { ledgerTraits } from '../ledger/ledger-traits.ts';
import { requireFreeName, requireRegistrable } from './register-resource.ts';
import {
  changeResource,
  dropJob,
  finishCleaning,
  quarantineResource,
  retireResource,
  startJob,
  unsetAside,
} from './turnover.ts';

export const RESOURCE_ACTIONS = ['hold', 'retry', 'skip', 'quarantine', 'retire'] as const;
export type ResourceAction = (typeof RESOURCE_ACTIONS)[number];

export type ActOnResource = {
  readonly type: 'actOnResource';
  readonly resource: string;
  readonly action: ResourceAction;
  /** For people: why. */
  readonly reason: string;
  readonly version?: number;
};

/**
 * What a person does to one resource. What is leased is never taken: retire and quarantine then wait for its return.
 *
 * - hold: stops a resource that is being made or destroyed, for a person to look at.
 * - retry: goes on with what is held; takes a quarantined resource back into service.
 * - skip: says that what is held is done: it is ready, or it is gone.
 * - quarantine: sets it aside as unsafe. retire: takes it out of service for good.
 * Errors: `resource_not_found`, `resource_transition_refused`, `version_mismatch`.
 */
export function actOnResource(tx: Transaction, input: ActOnResource): Resource | undefined {
  const resource = tx.require('resource', input.resource, input.version);
  switch (input.action) {
    case 'hold':
      holdResource(tx, resource, input.reason);
      break;
    case 'retry':
      retryResource(tx, resource);
      break;
    case 'skip':
      skipHold(tx, resource, input.reason);
      break;
    case 'quarantine':
      if (isOut(resource)) setFate(tx, resource, 'quarantine');
      else quarantineResource(tx, resource, input.reason);
      break;
    case 'retire':
      if (isOut(resource)) setFate(tx, resource, 'retire');
      else if (resource.status !== 'exiting') retireResource(tx, resource, input.reason);
      break;
  }
  return tx.world.resources.get(input.resource);
}

/** Stops the outside work on a resource until a person says how to go on. */
export function holdResource(tx: Transaction, resource: Resource, reason: string): void {
  if (!['requested', 'entering', 'exiting'].includes(resource.status)) {
    throw refuse(
      resource,
      'hold',
      'Only a resource that is being made or destroyed can be held; quarantine a free one.',
    );
  }
  if (resource.hold !== null) return;
  changeResource(tx, resource, { hold: { reason, since: tx.now, step: null, run: null } });
  dropJob(tx, resource);
  tx.emit(
    'resource.held',
    { resource: resource.id, pool: resource.pool },
    { reason, status: resource.status },
  );
}

function retryResource(tx: Transaction, resource: Resource): void {
  if (resource.status === 'quarantined') {
    const cleaning = changeResource(tx, resource, { status: nextResourceStatus(resource, 'readmit') });
    tx.emit('resource.resumed', { resource: resource.id, pool: resource.pool }, { from: 'quarantined' });
    finishCleaning(tx, cleaning);
    return;
  }
  if (resource.hold === null) throw refuse(resource, 'retry', 'It is not held and not quarantined.');
  if (resource.status === 'free') return retryProbes(tx, resource);
  const resumed = changeResource(tx, resource, { hold: null });
  tx.emit('resource.resumed', { resource: resource.id, pool: resource.pool }, { from: resource.status });
  startJob(tx, resumed.status === 'exiting' ? 'destroy' : 'create', resumed);
}

function skipHold(tx: Transaction, resource: Resource, reason: string): void {
  if (resource.hold === null) throw refuse(resource, 'skip', 'It is not held, so there is nothing to skip.');
  if (resource.status === 'requested') {
    throw refuse(resource, 'skip', 'Nothing was made yet. Retry it, or retire it.');
  }
  if (resource.status === 'free') {
    throw refuse(
      resource,
      'skip',
      'A probe holds it. Retry it, retire it, or change the health of its pool.',
    );
  }
  tx.emit(
    'resource.resumed',
    { resource: resource.id, pool: resource.pool },
    { from: resource.status, skipped: reason },
  );
  const resumed = changeResource(tx, resource, { hold: null });
  if (resumed.status === 'exiting') finishExit(tx, resumed);
  // A word does not bring back what its provider has seen dead.
  else if (faultOf(resumed, tx.now) === 'it is dead') retireResource(tx, resumed, 'it is dead');
  else tx.toOffer.push(resumed.id);
}

/** The resource is gone, by proof of its provider or by the word of an operator. */
export function finishExit(tx: Transaction, resource: Resource): void {
  const status = nextResourceStatus(resource, 'destroyed');
  dropJob(tx, resource);
  tx.remove('resource', resource.id);
  tx.emit(
    'resource.gone',
    { resource: resource.id, pool: resource.pool },
    { ...ledgerTraits(tx, resource), status },
  );
}

/** A changed template may be what those needed that could not be made: they become what it says. */
export function retryHeldMembers(tx: Transaction, pool: Pool): void {
  const state = tx.requirePool(pool.name);
  if (state.heldCount === 0) return;
  const held: Resource[] = [];
  for (const id of state.members) {
    const resource = tx.world.resources.get(id) as Resource;
    if (resource.hold !== null && resource.status === 'requested') held.push(resource);
  }
  const traits = { ...templateTraits(pool.template), templateRevision: pool.templateRevision };
  for (const resource of held) retryResource(tx, changeResource(tx, resource, traits));
}

export type MoveResource = {
  readonly type: 'moveResource';
  readonly resource: string;
  readonly pool: string;
  readonly version?: number;
};

/**
 * Moves a free or quarantined resource to another pool of the same kind and provider.
 *
 * Errors: `resource_not_found`, `pool_not_found`, `pool_is_sized`, `resource_name_taken`, `resource_transition_refused`.
 */
export function moveResource(tx: Transaction, input: MoveResource): Resource {
  const resource = tx.require('resource', input.resource, input.version);
  const target = tx.requirePool(input.pool, '/pool');
  if (resource.pool === input.pool) return resource;
  if (resource.status !== 'free' && resource.status !== 'quarantined') {
    throw refuse(resource, 'move', 'Only a free or quarantined resource can be moved.');
  }
  requireRegistrable(tx, target);
  if (target.pool.kind !== resource.kind || target.pool.provider !== resource.provider) {
    throw refuse(
      resource,
      'move',
      `Pool "${input.pool}" has another kind or provider than pool "${resource.pool}".`,
    );
  }
  requireFreeName(target, resource.name);
  const moved = changeResource(tx, unsetAside(tx, resource), { pool: input.pool });
  tx.emit('resource.moved', { resource: resource.id, pool: input.pool }, { from: resource.pool });
  // What its pool asked of it says nothing about what the next one asks.
  if (moved.probes !== undefined) retryProbes(tx, moved);
  if (moved.status === 'free') tx.toOffer.push(moved.id);
  return moved;
}

function refuse(resource: Resource, action: string, why: string): Refusal {
  return new Refusal(
    'resource_transition_refused',
    `Resource ${resource.name} is ${resource.status}, so "${action}" is refused. ${why}`,
  );
}
