import { isSameJson } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { MachineState, Marks, Observation, Resource } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';
import { changeResource } from './change-resource.ts';
import { unsetAside } from './turnover.ts';

/** What a provider says about a resource. `askedAt`: when it was asked; what clients have said since then is not in it. */
export type Seen = {
  readonly observation: Omit<Observation, 'resource'>;
  readonly askedAt: number;
};

/**
 * A resource takes what its provider decides about it: state, addresses, details, and the marks that clients put on the thing.
 * One that stops counting is no longer set aside for a lease; one whose marks changed is offered anew.
 *
 * Shape: changes the resource; emits nothing. `status`: where it moves by that.
 */
export function takeTraits(
  tx: Transaction,
  resource: Resource,
  { status, ...seen }: Seen & { readonly status?: Resource['status'] },
): Resource {
  const { externalId, machine, liveness, addresses, endpoints, details } = seen.observation;
  const isSick = liveness === 'UNHEALTHY' || isStopped(tx, resource, machine);
  return changeMarks(tx, resource, marksOf(resource, seen), {
    ...(status === undefined ? {} : { status }),
    ...(details === undefined ? {} : { details }),
    externalId,
    machine,
    liveness,
    addresses,
    endpoints,
    unhealthySince: isSick ? (resource.unhealthySince ?? tx.now) : null,
    madeAt: resource.madeAt ?? tx.now,
  });
}

/** Is there nothing new in what a provider says? */
export function isAsSeen(resource: Resource, seen: Seen): boolean {
  const { observation } = seen;
  return (
    resource.machine === observation.machine &&
    resource.liveness === observation.liveness &&
    resource.externalId === observation.externalId &&
    resource.addresses.length === observation.addresses.length &&
    resource.addresses.every((address, index) => address === observation.addresses[index]) &&
    Object.keys(resource.endpoints).length === Object.keys(observation.endpoints).length &&
    Object.entries(resource.endpoints).every(([name, url]) => observation.endpoints[name] === url) &&
    hasMarks(resource, marksOf(resource, seen)) &&
    isSameData(resource.details, observation.details)
  );
}

/** Clients have said something about a machine. Emits `resource.marked`. */
export function markResource(tx: Transaction, resource: Resource, marks: Marks): Resource {
  const marked = changeMarks(tx, resource, marks, { markedAt: tx.now });
  tx.emit('resource.marked', { resource: resource.id, pool: resource.pool }, { ...marks });
  return marked;
}

function changeMarks(tx: Transaction, resource: Resource, marks: Marks, change: Partial<Resource>): Resource {
  if (hasMarks(resource, marks)) return changeResource(tx, resource, change);
  const isLeftOut = marks.membership?.active === false;
  const { isActive: _, ...rest } = isLeftOut ? unsetAside(tx, resource) : resource;
  const active = marks.membership?.active ?? isActive(resource);
  const changed = changeResource(
    tx,
    { ...rest, ...(active ? {} : { isActive: false }) },
    {
      ...change,
      ...(marks.membership === undefined ? {} : { isEvictable: marks.membership.evictable }),
      ...(marks.serviceState === undefined ? {} : { serviceState: marks.serviceState }),
    },
  );
  if (changed.status === 'free') tx.toOffer.push(changed.id);
  return changed;
}

/** What was never said, and what was asked before the last word of a client, says nothing. */
function marksOf({ markedAt }: Resource, { observation, askedAt }: Seen): Marks {
  return markedAt !== undefined && markedAt >= askedAt ? {} : (observation.marks ?? {});
}

function hasMarks(resource: Resource, { membership, serviceState }: Marks): boolean {
  return (
    (membership === undefined ||
      (membership.active === isActive(resource) && membership.evictable === resource.isEvictable)) &&
    (serviceState === undefined || serviceState === resource.serviceState)
  );
}

function isActive(resource: Resource): boolean {
  return resource.isActive !== false;
}

/** What is not told changes nothing. */
function isSameData(known: Resource['details'], told: Resource['details']): boolean {
  if (told === undefined || known === told) return true;
  return known !== undefined && isSameJson(known as JsonObject, told as JsonObject);
}

/**
 * Does it run no more, though it was up? It may be started again, so it has as long for that as what is unhealthy; a pool that is kept
 * in rounds waits for it however long that takes: clouds call a machine so while they reboot, resize or move it.
 */
function isStopped(tx: Transaction, { pool, status }: Resource, machine: MachineState): boolean {
  const wasUp = status !== 'requested' && status !== 'entering';
  return machine === 'PENDING' && wasUp && tx.world.pools.get(pool)?.pool.rounds === undefined;
}
