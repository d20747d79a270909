import type { Pool } from '../model/pool.ts';
import { POOL_SIZE_MAX } from '../pool/put-pool.ts';
import { putSize } from '../pool/put-size.ts';
import { splitterOf } from '../pool/split-pool.ts';
import type { Transaction } from '../world/transaction.ts';
import type { World } from '../world/world.ts';

/**
 * Makes a pool one larger or smaller because a client took a machine in or away, as part of what it asked for: that is nobody's word
 * about the size, so what others that are under way will give back stays right. A pool that divides its size over this one follows: what
 * it gave to others stays theirs.
 *
 * Shape: changes the pools; emits `pool.changed`; answers the new size as people set it, or null where nothing changed: the pool has no
 * fixed size, or it is at an end of what a size may be.
 */
export function shiftSize(tx: Transaction, name: string, by: 1 | -1): number | null {
  const before = settableSize(tx.world, name);
  const owner = settingPool(tx.world, name);
  const pool = tx.world.pools.get(name)?.pool;
  if (before === null || owner === undefined || pool === undefined) return null;
  const shifted = owner === pool ? [pool] : [pool, owner];
  if (!shifted.every((each) => isSize((fixedSize(each) ?? -1) + by))) return null;
  const desired = before + by;
  for (const job of tx.world.jobs.values()) {
    if (job.asked === undefined || job.asked.loweredTo !== before) continue;
    if (settingPool(tx.world, job.pool) !== owner) continue;
    tx.put('job', job.id, { ...job, asked: { ...job.asked, loweredTo: desired } });
  }
  for (const each of shifted) putSize(tx, each, (fixedSize(each) as number) + by);
  return desired;
}

/** The size that people set to change this pool's: its own, or that of the pool that divides it; null where there is no fixed one. */
export function settableSize(world: World, name: string): number | null {
  const pool = settingPool(world, name);
  return pool === undefined ? null : fixedSize(pool);
}

function settingPool(world: World, name: string): Pool | undefined {
  const splitter = world.pools.get(splitterOf(world, name) ?? '')?.pool;
  return splitter?.status === 'open' ? splitter : world.pools.get(name)?.pool;
}

function fixedSize({ size }: Pool): number | null {
  return size !== null && 'desired' in size ? size.desired : null;
}

function isSize(desired: number): boolean {
  return desired >= 0 && desired <= POOL_SIZE_MAX;
}
