import type { Observation, Resource } from '../model/resource.ts';
import { faultOf, isReady } from '../resource/health.ts';
import { isBeingMade } from './start-job.ts';
import { changeResource } from '../resource/change-resource.ts';
import { retireResource } from '../resource/turnover.ts';
import type { Transaction } from '../world/transaction.ts';

export type Observe = {
  readonly type: 'observe';
  readonly provider: string;
  /** When the provider was asked; what was made later may be missing from the list. */
  readonly startedAt: number;
  readonly observations: readonly Observation[];
};

/** What one sweep found. `unknown`: things that bear our tag and belong to no resource. */
export type Observed = {
  readonly checked: number;
  readonly changed: number;
  readonly unknown: readonly string[];
};

/**
 * Takes what a provider says exists, and compares it with what should.
 *
 * What is dead or missing is replaced when nobody holds it; a leased one stays with its holder and is given up at its return.
 * Shape: changes resources; emits `resource.observed` and what follows from it.
 */
export function observe(tx: Transaction, input: Observe): Observed {
  const unknown: string[] = [];
  const seen = new Set<string>();
  let changed = 0;
  for (const observation of input.observations) {
    seen.add(observation.resource);
    const resource = tx.world.resources.get(observation.resource);
    if (resource === undefined || resource.provider !== input.provider) unknown.push(observation.resource);
    else if (takeObservation(tx, resource, observation)) changed += 1;
  }
  for (const id of tx.world.resourcesOfProvider.get(input.provider) ?? []) {
    const resource = tx.world.resources.get(id) as Resource;
    if (!seen.has(id) && shouldExist(resource, input.startedAt) && takeAbsence(tx, resource)) changed += 1;
  }
  return { checked: input.observations.length, changed, unknown };
}

/** The members of a resource that its provider decides. */
export function observedTraits(resource: Resource, observation: Observation, now: number): Partial<Resource> {
  const { externalId, machine, liveness, addresses, endpoints } = observation;
  const unhealthySince = liveness === 'UNHEALTHY' ? (resource.unhealthySince ?? now) : null;
  return { externalId, machine, liveness, addresses, endpoints, unhealthySince };
}

function takeObservation(tx: Transaction, resource: Resource, observation: Observation): boolean {
  // What is requested is known when its job says so, and what is exiting when it is gone.
  if (resource.status === 'requested' || resource.status === 'exiting') return false;
  if (isSame(resource, observation)) {
    followUp(tx, resource);
    return false;
  }
  const changed = changeResource(tx, resource, observedTraits(resource, observation, tx.now));
  tx.emit(
    'resource.observed',
    { resource: resource.id, pool: resource.pool },
    {
      machine: observation.machine,
      liveness: observation.liveness,
    },
  );
  followUp(tx, changed);
  return true;
}

function takeAbsence(tx: Transaction, resource: Resource): boolean {
  const isNews = resource.machine !== 'TERMINATED';
  const lost = isNews
    ? changeResource(tx, resource, { machine: 'TERMINATED', liveness: 'UNKNOWN' })
    : resource;
  if (isNews) {
    const subject = { resource: resource.id, pool: resource.pool };
    tx.emit('resource.observed', subject, { machine: 'TERMINATED', missing: true });
  }
  followUp(tx, lost);
  return isNews;
}

/** Does what follows from how a resource is: it is ready, or it is replaced when nobody holds it. */
export function followUp(tx: Transaction, resource: Resource): void {
  const fault = faultOf(resource, tx.now);
  // What is being made again is not given up before its job says how that went.
  if (fault === 'it is dead' && isBeingMade(tx, resource)) return;
  if (resource.status === 'leased' || resource.status === 'preparing') {
    const isLost = fault === 'it is dead' && resource.fate === 'recycle';
    if (isLost) changeResource(tx, resource, { fate: 'retire' });
    return;
  }
  if (resource.hold !== null) return;
  // Nobody can clean what is dead.
  if (resource.status === 'cleaning' && fault === 'it is dead') return retireResource(tx, resource, fault);
  const mayRecover = fault === 'it is unhealthy' && resource.status !== 'free';
  const isIdle = ['entering', 'free', 'standby'].includes(resource.status);
  if (fault !== null && isIdle && !mayRecover) retireResource(tx, resource, fault);
  else if (isReady(resource) && resource.run === null) tx.toOffer.push(resource.id);
}

/** Is it one that the provider must know of? `startedAt`: what moved on since then may have been made after the look. */
function shouldExist(resource: Resource, startedAt: number): boolean {
  const isMade = !['requested', 'exiting', 'gone', 'quarantined'].includes(resource.status);
  return isMade && resource.externalId !== null && resource.since < startedAt;
}

function isSame(resource: Resource, observation: Observation): boolean {
  return (
    resource.machine === observation.machine &&
    resource.liveness === observation.liveness &&
    resource.externalId === observation.externalId &&
    resource.addresses.length === observation.addresses.length &&
    resource.addresses.every((address, index) => address === observation.addresses[index]) &&
    Object.keys(resource.endpoints).length === Object.keys(observation.endpoints).length &&
    Object.entries(resource.endpoints).every(([name, url]) => observation.endpoints[name] === url)
  );
}
