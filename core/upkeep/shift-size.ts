import { POOL_SIZE_MAX } from '../pool/put-pool.ts';
import { putSize } from '../pool/put-size.ts';
import { splitterOf } from '../pool/split-pool.ts';
import type { Transaction } from '../world/transaction.ts';

/**
 * Makes a pool one larger or smaller because a client took a machine in or away, as part of what it asked for: that is nobody's word
 * about the size, so what others that are under way will give back stays right.
 *
 * Shape: changes the pool, and the one that it has its size from alike; emits `pool.changed`; answers the new size, or null where nothing
 * changed: the pool has no fixed size, or it is at an end of what a size may be.
 */
export function shiftSize(tx: Transaction, name: string, by: 1 | -1): number | null {
  const pool = tx.world.pools.get(name)?.pool;
  if (pool === undefined || pool.size === null || !('desired' in pool.size)) return null;
  const before = pool.size.desired;
  const desired = before + by;
  if (desired < 0 || desired > POOL_SIZE_MAX) return null;
  for (const job of tx.world.jobs.values()) {
    if (job.pool !== name || job.asked === undefined || job.asked.loweredTo !== before) continue;
    tx.put('job', job.id, { ...job, asked: { ...job.asked, loweredTo: desired } });
  }
  const parent = splitterOf(tx.world, name);
  putSize(tx, pool, desired);
  if (parent !== undefined) shiftSize(tx, parent, by);
  return desired;
}
