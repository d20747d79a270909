import type { LiveLease } from '../model/lease.ts';
import { waitingEntry } from '../world/lease-index.ts';
import { compareWaiting } from '../world/order.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { World } from '../world/world.ts';
import { frontierOf } from './frontier.ts';

/**
 * The place of a lease in the queue of the pool that it waits at: 1 is the next. Null when it does not wait.
 *
 * Cost: logarithmic; in a fair pool, where places move with the shares, one look at each who waits.
 */
export function positionOf(world: World, lease: LiveLease): number | null {
  const state = queueOf(world, lease);
  if (state === undefined) return null;
  const entry = waitingEntry(lease, 0);
  if (state.pool.lease.queue !== 'fair') return state.queue.rank(entry) + 1;
  const compare = compareWaiting('fair', state.shareOf);
  let before = 0;
  for (const other of state.queue) if (compare(other, entry) < 0) before += 1;
  return before + 1;
}

/**
 * Places for many leases of one instant, the same as `positionOf` answers for each.
 *
 * Cost: the queue of a fair pool is sorted once, when the first of its leases is asked for.
 */
export function createPositions(world: World): (lease: LiveLease) => number | null {
  const fairPlaces = new Map<PoolState, Map<string, number>>();
  return (lease) => {
    const state = queueOf(world, lease);
    if (state?.pool.lease.queue !== 'fair') return positionOf(world, lease);
    const places = fairPlaces.get(state) ?? sortFairQueue(state);
    fairPlaces.set(state, places);
    return places.get(lease.id) ?? null;
  };
}

function queueOf(world: World, lease: LiveLease): PoolState | undefined {
  return lease.status === 'queued' ? world.pools.get(frontierOf(lease) ?? '') : undefined;
}

function sortFairQueue(state: PoolState): Map<string, number> {
  const inOrder = [...state.queue].toSorted(compareWaiting('fair', state.shareOf));
  return new Map(inOrder.map((entry, index) => [entry.lease, index + 1]));
}
