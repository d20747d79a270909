import type { Observation, Resource } from '../model/resource.ts';
import { changeResource, retireResource } from '../resource/turnover.ts';
import type { Transaction } from '../world/transaction.ts';

/** How long a free resource may be unhealthy before it is replaced, in milliseconds. */
const UNHEALTHY_GRACE_MS = 30_000;

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
    if (seen.has(id) || !shouldExist(resource, input.startedAt)) continue;
    changed += 1;
    const lost = changeResource(tx, resource, { machine: 'TERMINATED', liveness: 'UNKNOWN' });
    tx.emit(
      'resource.observed',
      { resource: id, pool: resource.pool },
      { machine: 'TERMINATED', missing: true },
    );
    followUp(tx, lost);
  }
  return { checked: input.observations.length, changed, unknown };
}

/** Is it up, as far as the provider can tell? */
export function isReady(resource: Resource): boolean {
  const isUp = resource.liveness === 'LIVE' || resource.liveness === 'UNKNOWN';
  return resource.status === 'entering' && resource.hold === null && resource.machine === 'RUNNING' && isUp;
}

/** The members of a resource that its provider decides. */
export function observedTraits(
  tx: Transaction,
  resource: Resource,
  observation: Observation,
): Partial<Resource> {
  const { externalId, machine, liveness, addresses, endpoints } = observation;
  const unhealthySince = liveness === 'UNHEALTHY' ? (resource.unhealthySince ?? tx.now) : null;
  return { externalId, machine, liveness, addresses, endpoints, unhealthySince };
}

function takeObservation(tx: Transaction, resource: Resource, observation: Observation): boolean {
  // What is requested is known when its job says so, and what is exiting when it is gone.
  if (resource.status === 'requested' || resource.status === 'exiting') return false;
  if (isSame(resource, observation)) {
    followUp(tx, resource);
    return false;
  }
  const changed = changeResource(tx, resource, observedTraits(tx, resource, observation));
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

function followUp(tx: Transaction, resource: Resource): void {
  const isDead = resource.machine === 'TERMINATED' || resource.machine === 'REJECTED';
  const isSick = resource.unhealthySince !== null && tx.now - resource.unhealthySince >= UNHEALTHY_GRACE_MS;
  if (resource.status === 'leased' || resource.status === 'preparing') {
    if (isDead && resource.fate === 'recycle') changeResource(tx, resource, { fate: 'retire' });
    return;
  }
  if (resource.hold !== null) return;
  if (isDead && ['entering', 'free', 'standby'].includes(resource.status))
    retireResource(tx, resource, 'it is dead');
  else if (isSick && resource.status === 'free') retireResource(tx, resource, 'it is unhealthy');
  else if (isReady(resource)) tx.toOffer.push(resource.id);
}

function shouldExist(resource: Resource, startedAt: number): boolean {
  const isMade = !['requested', 'exiting', 'gone', 'quarantined'].includes(resource.status);
  return (
    isMade && resource.machine !== 'TERMINATED' && resource.externalId !== null && resource.since < startedAt
  );
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
