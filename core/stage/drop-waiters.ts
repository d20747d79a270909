import type { Transaction } from '../world/transaction.ts';

/** Whoever waits for members of the pool by stage waits for nothing any more. */
export function dropWaiters(tx: Transaction, pool: string): void {
  for (const { id } of [...(tx.world.pools.get(pool)?.staged?.waiters() ?? [])]) tx.remove('waiter', id);
}
