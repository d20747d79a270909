import type { Transaction } from '../world/transaction.ts';

/** Whoever waits for members of the pool by stage waits for nothing any more. */
export function dropWaiters(tx: Transaction, pool: string): void {
  // A list must not change while it is walked.
  const waiting = Array.from(tx.world.pools.get(pool)?.staged?.waiters() ?? []);
  for (const { id } of waiting) tx.remove('waiter', id);
}
