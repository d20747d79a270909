import type { Pool } from '../model/pool.ts';
import type { Transaction } from '../world/transaction.ts';

/** Gives a pool another fixed size. What follows from it is the caller's. Emits `pool.changed`. */
export function putSize(tx: Transaction, pool: Pool, desired: number): void {
  const version = pool.version + 1;
  tx.put('pool', pool.name, { ...pool, size: { desired }, version });
  tx.emit('pool.changed', { pool: pool.name }, { version });
}
