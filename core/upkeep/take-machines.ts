import { tellApart, takeList } from '../job/observe.ts';
import { takeStrays } from '../ledger/take-strays.ts';
import type { Listed } from '../model/resource.ts';
import type { Upkeep } from '../model/upkeep.ts';
import type { Transaction } from '../world/transaction.ts';
import { adoptMachine, isAdoptable } from './adopt-machine.ts';
import { DETACHED_MAX } from './detached-max.ts';
import { takeEnded } from './ended-machine.ts';

/** Machines of nobody that an upkeep remembers from one list to the next; what is over it waits for a list with fewer. */
const STRAYS_MAX = 1_000;

type List = { readonly startedAt: number; readonly things: readonly Listed[] };

/**
 * Takes the list of the machines of an upkeep. Each is known by its tag of a resource, else by its provider's own name.
 *
 * What is of no resource becomes a member: at once where this is the first list ever, as machines outlive the instance that had them;
 * later when two lists in a row have it, since one alone may be older than the end of what it shows. A second thing of a live resource
 * is a leak.
 * Shape: answers what the upkeep has to remember of it.
 * Source: invariants U13 to U15 in docs/spec/upkeep.md.
 */
export function takeMachines(
  tx: Transaction,
  upkeep: Upkeep,
  { startedAt, things }: List,
): Pick<Upkeep, 'strays' | 'detached'> {
  const { provider } = tx.requirePool(upkeep.pool as string).pool;
  const names = namesOf(tx, provider);
  const resourceOf = (thing: Listed): string | undefined =>
    isOf(tx, provider, thing.resource) ? thing.resource : names.get(thing.externalId);
  const known = things.flatMap((thing) => {
    const resource = resourceOf(thing);
    return resource === undefined ? [] : [{ ...thing, resource }];
  });
  const { own, strays: twins } = tellApart(tx, { provider, observations: known });
  takeEnded(tx, provider, own);
  takeList(tx, { provider, startedAt, own });
  takeStrays(tx, { provider, startedAt, strays: twins });
  const detached = stillListed(upkeep, { startedAt, things });
  const letGo = new Set(detached.map(({ externalId }) => externalId));
  const seenBefore = new Set(upkeep.strays);
  const later = new Set<string>();
  for (const thing of things) {
    const { externalId } = thing;
    if (!isAdoptable(thing) || letGo.has(externalId) || resourceOf(thing) !== undefined) continue;
    if (upkeep.fetchedAt === null || seenBefore.has(externalId))
      names.set(externalId, adoptMachine(tx, upkeep, thing).id);
    else if (later.size < STRAYS_MAX) later.add(externalId);
  }
  return { strays: [...later], detached };
}

/** The resources of a provider by its own names of them. */
function namesOf(tx: Transaction, provider: string): Map<string, string> {
  const names = new Map<string, string>();
  for (const id of tx.world.resourcesOfProvider.get(provider) ?? []) {
    const externalId = tx.world.resources.get(id)?.externalId ?? null;
    if (externalId !== null) names.set(externalId, id);
  }
  return names;
}

function isOf(tx: Transaction, provider: string, resource: string | null): resource is string {
  return resource !== null && tx.world.resources.get(resource)?.provider === provider;
}

/** Detached machines that lists may still show: one is forgotten with the first list of after its end that has it no more. */
function stillListed({ detached }: Upkeep, { startedAt, things }: List): Upkeep['detached'] {
  if (detached.length === 0) return detached;
  const there = new Set(things.map(({ externalId }) => externalId));
  return detached
    .filter(({ externalId, at }) => at >= startedAt || there.has(externalId))
    .slice(-DETACHED_MAX);
}
