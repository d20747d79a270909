import { frontierOf, openItems, poolsInOrder, setAsideCounts } from '../lease/frontier.ts';
import type { LiveLease, QueuedLease } from '../model/lease.ts';
import type { Waiting } from './order.ts';
import type { PoolState, Usage } from './pool-state.ts';

/** What a lease adds to the derived state of its pools; hangs on the document alone, so leaving undoes entering exactly. */

type PoolStates = ReadonlyMap<string, PoolState>;

export function enterLease(pools: PoolStates, lease: LiveLease): void {
  forEachUsage(lease, (pool, usage) => pools.get(pool)?.changeUsage(lease.holder, usage));
  if (lease.status !== 'queued') return;
  changeDemand(pools, lease, 1);
  const frontier = frontierOf(lease);
  for (const pool of poolsInOrder(lease.items)) {
    const state = pools.get(pool);
    if (state === undefined) continue;
    const entry = waitingEntry(lease, 0);
    if (holdsIn(lease, pool)) state.gatherers.add(entry);
    if (pool !== frontier) continue;
    state.queue.add(entry);
    for (const item of openItems(lease, pool)) {
      state.lanes
        .require(lease.items[item] as QueuedLease['items'][number])
        .waiting.add(waitingEntry(lease, item));
    }
  }
}

export function leaveLease(pools: PoolStates, lease: LiveLease): void {
  if (lease.status === 'queued') {
    changeDemand(pools, lease, -1);
    const frontier = frontierOf(lease);
    for (const pool of poolsInOrder(lease.items)) {
      const state = pools.get(pool);
      if (state === undefined) continue;
      const entry = waitingEntry(lease, 0);
      if (holdsIn(lease, pool)) state.gatherers.remove(entry);
      if (pool !== frontier) continue;
      state.queue.remove(entry);
      for (const item of openItems(lease, pool)) {
        state.lanes
          .require(lease.items[item] as QueuedLease['items'][number])
          .waiting.remove(waitingEntry(lease, item));
      }
    }
  }
  forEachUsage(lease, (pool, usage) => {
    const { held, wished, leases, queued } = usage;
    pools
      .get(pool)
      ?.changeUsage(lease.holder, { held: -held, wished: -wished, leases: -leases, queued: -queued });
  });
}

/** How a lease stands in queues: by its number of arrival, its priority and its holder. */
export function waitingEntry(lease: LiveLease, item: number): Waiting {
  return { lease: lease.id, item, holder: lease.holder, priority: lease.priority, seq: lease.seq };
}

function holdsIn(lease: QueuedLease, pool: string): boolean {
  return lease.setAside.some((member) => lease.items[member.item]?.pool === pool);
}

function changeDemand(pools: PoolStates, lease: QueuedLease, sign: 1 | -1): void {
  const counts = setAsideCounts(lease);
  lease.items.forEach((item, index) => {
    pools.get(item.pool)?.want(item, Math.max(0, item.count - (counts[index] as number)), sign);
  });
}

function forEachUsage(lease: LiveLease, add: (pool: string, usage: Usage) => void): void {
  if (lease.status !== 'queued' && lease.items.length === 1) {
    const held = lease.members.length;
    return add(lease.items[0]?.pool ?? '', { held, wished: held, leases: 1, queued: 0 });
  }
  for (const pool of poolsInOrder(lease.items)) {
    const wished = lease.items.reduce((sum, item) => sum + (item.pool === pool ? item.count : 0), 0);
    if (lease.status === 'queued') {
      // What is set aside counts for nobody's share yet: who waits for much would else be passed by all who come later.
      add(pool, { held: 0, wished, leases: 1, queued: 1 });
    } else {
      const held = lease.members.filter((member) => member.pool === pool).length;
      add(pool, { held, wished: held, leases: 1, queued: 0 });
    }
  }
}
