import { takeStrays } from '../ledger/take-strays.ts';
import { nextResourceStatus } from '../model/resource.ts';
import type { Observation, Resource } from '../model/resource.ts';
import { changeResource } from '../resource/change-resource.ts';
import { faultOf, isReady } from '../resource/health.ts';
import { isAsSeen, takeTraits } from '../resource/observed-traits.ts';
import type { Seen } from '../resource/observed-traits.ts';
import { retireResource } from '../resource/turnover.ts';
import { isBeingMade } from './start-job.ts';
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
  /** External ids of those that are called leaks from now on. */
  readonly leaked: readonly string[];
};

/**
 * Takes what a provider says exists, and compares it with what should.
 *
 * What is dead or missing is replaced when nobody holds it; a leased one stays with its holder and is given up at its return.
 * What is stopped or unhealthy has time to recover first. What belongs to nobody is listed as a leak once it is seen again.
 * Shape: changes resources and leaks; emits `resource.observed`, `ledger.leaked`, `ledger.gone` and what follows from them.
 */
export function observe(tx: Transaction, input: Observe): Observed {
  const { own, strays } = tellApart(tx, input);
  const changed = takeList(tx, { ...input, own });
  // A provider that was taken away since is not watched any more.
  const leaked = tx.world.providers.has(input.provider) ? takeStrays(tx, { ...input, strays }) : [];
  const unknown = strays.map(({ resource }) => resource);
  return { checked: input.observations.length, changed, unknown, leaked };
}

/** One thing in a list, whatever tag it bears. */
type Thing = Omit<Observation, 'resource'>;

/**
 * Takes what is told of the resources of a provider; of those that it should list and does not, that they are gone.
 *
 * `own`: what belongs to a resource, by its id. Answers how many resources changed.
 */
export function takeList(
  tx: Transaction,
  { provider, startedAt, own }: Pick<Observe, 'provider' | 'startedAt'> & { own: ReadonlyMap<string, Thing> },
): number {
  let changed = 0;
  for (const [id, observation] of own) {
    const resource = tx.world.resources.get(id) as Resource;
    if (takeObservation(tx, resource, { observation, askedAt: startedAt })) changed += 1;
  }
  for (const id of tx.world.resourcesOfProvider.get(provider) ?? []) {
    const resource = tx.world.resources.get(id) as Resource;
    if (!own.has(id) && shouldExist(resource, startedAt) && takeAbsence(tx, resource)) changed += 1;
  }
  return changed;
}

/** What belongs to a resource of the provider, one thing for each, and what belongs to none. */
export function tellApart(
  tx: Transaction,
  input: Pick<Observe, 'provider' | 'observations'>,
): { readonly strays: Observation[]; readonly own: Map<string, Observation> } {
  const strays: Observation[] = [];
  const own = new Map<string, Observation>();
  for (const observation of input.observations) {
    const resource = tx.world.resources.get(observation.resource);
    const twin = own.get(observation.resource);
    if (resource?.provider !== input.provider) strays.push(observation);
    else if (twin === undefined) own.set(resource.id, observation);
    // Of two things of one resource it keeps the one that it has.
    else if (observation.externalId === resource.externalId) {
      own.set(resource.id, observation);
      if (twin.externalId !== resource.externalId) strays.push(twin);
    } else if (observation.externalId !== twin.externalId) strays.push(observation);
  }
  return { strays, own };
}

function takeObservation(tx: Transaction, resource: Resource, seen: Seen): boolean {
  // What is exiting is known when it is gone, and what is requested when its job says so, or when it was given up and is there after all.
  if (resource.status === 'exiting' || (resource.status === 'requested' && !isGivenUp(tx, resource)))
    return false;
  if (isAsSeen(resource, seen)) {
    followUp(tx, resource);
    return false;
  }
  const status = resource.status === 'requested' ? nextResourceStatus(resource, 'created') : resource.status;
  const changed = takeTraits(tx, resource, { ...seen, status });
  tx.emit(
    'resource.observed',
    { resource: resource.id, pool: resource.pool },
    { machine: seen.observation.machine, liveness: seen.observation.liveness },
  );
  followUp(tx, changed);
  return true;
}

/** Did its provider fail to make it, so that nobody asks for it now? */
function isGivenUp(tx: Transaction, { id, machine, hold }: Resource): boolean {
  return machine === 'REJECTED' && hold === null && !tx.world.jobOfResource.has(id);
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
    // Its holder has not got it yet, and can be given another.
    if (isLost && resource.status === 'preparing') tx.toReplace.push(resource.id);
    return;
  }
  if (resource.hold !== null && resource.status !== 'free') return;
  // Nobody can clean what is dead.
  if (resource.status === 'cleaning' && fault === 'it is dead') return retireResource(tx, resource, fault);
  const mayRecover = fault !== 'it is dead' && resource.status !== 'free';
  const isIdle = ['entering', 'free', 'standby'].includes(resource.status);
  if (fault !== null && isIdle && !mayRecover) retireResource(tx, resource, fault);
  else if (isReady(resource) && resource.run === null) tx.toOffer.push(resource.id);
}

/** Is it one that the provider must know of? `startedAt`: what moved on since then may have been made after the look. */
function shouldExist(resource: Resource, startedAt: number): boolean {
  const isMade = !['requested', 'exiting', 'gone', 'quarantined'].includes(resource.status);
  return isMade && resource.externalId !== null && resource.since < startedAt;
}
