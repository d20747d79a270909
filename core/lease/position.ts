import type { LiveLease } from '../model/lease.ts';
import { waitingEntry } from '../world/lease-index.ts';
import { compareWaiting } from '../world/order.ts';
import type { World } from '../world/world.ts';
import { frontierOf } from './frontier.ts';

/**
 * The place of a lease in the queue of the pool that it waits at: 1 is the next. Null when it does not wait.
 *
 * Cost: logarithmic; in a fair pool, where places move with the shares, one look at each who waits.
 */
export function positionOf(world: World, lease: LiveLease): number | null {
  if (lease.status !== 'queued') return null;
  const state = world.pools.get(frontierOf(lease) ?? '');
  if (state === undefined) return null;
  const entry = waitingEntry(lease, 0);
  if (state.pool.lease.queue !== 'fair') return state.queue.rank(entry) + 1;
  const compare = compareWaiting('fair', state.shareOf);
  let before = 0;
  for (const other of state.queue) if (compare(other, entry) < 0) before += 1;
  return before + 1;
}
