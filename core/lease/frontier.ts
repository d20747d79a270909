import type { LeaseItem, QueuedLease } from '../model/lease.ts';

/**
 * A waiting lease gathers pool by pool, in the order of their names: it waits in one pool at a time and has members set
 * aside only there and in pools before it. Everybody goes the same way, so two leases can never wait for each other.
 */

/** How many members are set aside for each item. */
export function setAsideCounts(lease: QueuedLease): number[] {
  const counts = lease.items.map(() => 0);
  for (const member of lease.setAside) counts[member.item] = (counts[member.item] as number) + 1;
  return counts;
}

/** The pools of a lease, in the order in which it gathers. */
export function poolsInOrder(items: readonly LeaseItem[]): string[] {
  if (items.length === 1) return [(items[0] as LeaseItem).pool];
  return [...new Set(items.map((item) => item.pool))].toSorted();
}

/** The pool that the lease waits at; undefined when the minimum of every item is set aside. */
export function frontierOf(lease: QueuedLease): string | undefined {
  const counts = setAsideCounts(lease);
  let frontier: string | undefined;
  lease.items.forEach((item, index) => {
    if ((counts[index] as number) >= item.minimum) return;
    if (frontier === undefined || item.pool < frontier) frontier = item.pool;
  });
  return frontier;
}

/**
 * The items for which a further member of the pool would bring the lease on: those below their minimum, and those whose
 * members could be moved to one that is.
 */
export function openItems(lease: QueuedLease, pool: string): number[] {
  const counts = setAsideCounts(lease);
  const open: number[] = [];
  lease.items.forEach((item, index) => {
    if (item.pool === pool && (counts[index] as number) < item.minimum) open.push(index);
  });
  if (open.length === 0 || lease.items.length === 1) return open;
  for (let next = 0; next < open.length; next += 1) {
    const needy = open[next] as number;
    for (const member of lease.setAside) {
      const movable = (member.fits & (1 << needy)) !== 0 && !open.includes(member.item);
      if (movable && (lease.items[member.item] as LeaseItem).pool === pool) open.push(member.item);
    }
  }
  return open;
}
