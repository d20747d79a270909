import type { LeaseItem, QueuedLease, SetAside } from '../model/lease.ts';
import { compareWaiting } from '../world/order.ts';
import { waitingEntry } from '../world/lease-index.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { World } from '../world/world.ts';
import { fitsSelector } from '../filter/selector.ts';
import type { Resource } from '../model/resource.ts';
import { assignMember } from './assignment.ts';
import { openItems, poolsInOrder, setAsideCounts } from './frontier.ts';

/** What a lease could have now. Nothing is changed yet. */
export type GatherPlan = {
  readonly setAside: readonly SetAside[];
  /** True when the minimum of every item is there. */
  readonly isComplete: boolean;
  /** Members that were set aside for a lease that comes later in a priority pool. */
  readonly taken: readonly { readonly resource: string; readonly from: string }[];
};

/**
 * Works out what a queued lease can gather: pool by pool in the order of names, up to the minimum of each item, and no
 * further than the first pool that has too little.
 *
 * Free members that are on offer are wanted by nobody who waits, so an arrival may take them without a look at the queue.
 * In a priority pool it may also take what is set aside for a lease of lower priority.
 */
export function planGather(world: World, lease: QueuedLease): GatherPlan {
  let draft = lease;
  const taken: { resource: string; from: string }[] = [];
  for (const pool of poolsInOrder(lease.items)) {
    const state = world.pools.get(pool);
    if (state === undefined) return { setAside: draft.setAside, isComplete: false, taken };
    draft = gatherFree(state, draft);
    if (openItems(draft, pool).length > 0 && state.pool.lease.queue === 'priority') {
      draft = gatherFromLater(world, state, draft, taken);
    }
    if (openItems(draft, pool).length > 0) return { setAside: draft.setAside, isComplete: false, taken };
  }
  return { setAside: draft.setAside, isComplete: true, taken };
}

function gatherFree(state: PoolState, lease: QueuedLease): QueuedLease {
  let draft = lease;
  for (
    let open = openItems(draft, state.pool.name);
    open.length > 0;
    open = openItems(draft, state.pool.name)
  ) {
    const before = draft;
    for (const item of open) draft = gatherForItem(state, draft, item);
    if (draft === before) return draft;
  }
  return draft;
}

function gatherForItem(state: PoolState, lease: QueuedLease, index: number): QueuedLease {
  let draft = lease;
  const item = lease.items[index] as LeaseItem;
  const has = new Set(lease.setAside.map((member) => member.resource));
  for (const resource of state.lanes.require(item).free) {
    if (has.has(resource.id)) continue;
    const setAside = assignMember(draft, { resource: resource.id, fits: fitsOf(draft.items, resource) });
    if (setAside === undefined) return draft;
    draft = { ...draft, setAside };
    if (!openItems(draft, state.pool.name).includes(index)) return draft;
  }
  return draft;
}

/** Takes from the lease that comes last first, and only from leases that come after this one. */
function gatherFromLater(
  world: World,
  state: PoolState,
  lease: QueuedLease,
  taken: { resource: string; from: string }[],
): QueuedLease {
  let draft = lease;
  const compare = compareWaiting('priority', state.shareOf);
  const own = waitingEntry(lease, 0);
  for (const entry of state.gatherers.backwards()) {
    if (compare(entry, own) <= 0) return draft;
    const victim = world.leases.get(entry.lease) as QueuedLease;
    for (const member of victim.setAside) {
      const resource = world.resources.get(member.resource) as Resource;
      if (resource.pool !== state.pool.name) continue;
      if (openItems(draft, state.pool.name).length === 0) return draft;
      const setAside = assignMember(draft, { resource: resource.id, fits: fitsOf(draft.items, resource) });
      if (setAside === undefined) continue;
      draft = { ...draft, setAside };
      taken.push({ resource: resource.id, from: victim.id });
    }
  }
  return draft;
}

/**
 * Adds what is wished beyond the minimum, as far as it is free at this moment.
 *
 * Only for a lease that is about to be granted: nothing is set aside for a wish.
 */
export function topUp(world: World, lease: QueuedLease, setAside: readonly SetAside[]): readonly SetAside[] {
  if (lease.items.every((item) => item.count === item.minimum)) return setAside;
  const counts = setAsideCounts({ ...lease, setAside });
  const has = new Set(setAside.map((member) => member.resource));
  const all = [...setAside];
  lease.items.forEach((item, index) => {
    let missing = item.count - (counts[index] as number);
    const free = world.pools.get(item.pool)?.lanes.require(item).free ?? [];
    for (const resource of free) {
      if (missing <= 0) break;
      if (has.has(resource.id)) continue;
      has.add(resource.id);
      all.push({ resource: resource.id, item: index, fits: 1 << index });
      missing -= 1;
    }
  });
  return all;
}

/** A bit for each item of the lease that the resource satisfies. */
export function fitsOf(items: readonly LeaseItem[], resource: Resource): number {
  let fits = 0;
  items.forEach((item, index) => {
    if (item.pool === resource.pool && fitsSelector(resource, item)) fits |= 1 << index;
  });
  return fits;
}
