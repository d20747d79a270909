import { Refusal, refuseInput } from '../errors.ts';
import type { Pool } from '../model/pool.ts';
import { POOL_SIZE_MAX } from '../pool/put-pool.ts';
import type { Transaction } from '../world/transaction.ts';
import { upkeepOfPool } from './owner.ts';
import { followSize } from './rounds.ts';

export type SetSize = { readonly type: 'setSize'; readonly pool: string; readonly desired: number };

/** `round`: the number of the first update that will fit the pool to the size; null where the pool follows its size at once. */
export type SizeSet = { readonly desired: number; readonly round: number | null };

/**
 * Sets how many members a pool is to have; one that is kept in rounds begins an update at once, or as soon as the one under way ends.
 *
 * Shape: changes the pool and its upkeep; emits `pool.changed`. The same size again begins an update too.
 * Errors: `pool_not_found`, `pool_being_removed`, `upkeep_stopped`, `invalid_input` (no whole number from 0, over the most, a pool
 * without a size or with bounds, a child of a split pool).
 */
export function setSize(tx: Transaction, { pool: name, desired }: SetSize): SizeSet {
  const { pool } = tx.requirePool(name, '/pool');
  if (!Number.isInteger(desired) || desired < 0 || desired > POOL_SIZE_MAX)
    throw refuseInput('/desired', `desired is a whole number from 0 to ${POOL_SIZE_MAX}`);
  const upkeep = upkeepOfPool(tx.world, name);
  if (upkeep !== undefined) requireStarted(upkeep);
  requireSettable(tx, pool);
  if (pool.size === null || !('desired' in pool.size) || pool.size.desired !== desired) {
    const { version } = tx.put('pool', name, { ...pool, size: { desired }, version: pool.version + 1 });
    tx.emit('pool.changed', { pool: name }, { version });
  }
  return { desired, round: upkeep === undefined ? null : followSize(tx, upkeep) };
}

/** Refuses where the upkeep does not keep its pool now. */
export function requireStarted({ name, status }: { readonly name: string; readonly status: string }): void {
  if (status === 'started') return;
  const advice = status === 'removing' ? 'is being removed' : 'is stopped; start it first';
  throw new Refusal('upkeep_stopped', `Cloud pool instance "${name}" ${advice}.`);
}

function requireSettable(tx: Transaction, { name, status, size }: Pool): void {
  if (status === 'removing')
    throw refuseInput('/pool', `Pool "${name}" is being removed.`, 'pool_being_removed');
  if (size === null)
    throw refuseInput('/pool', `the members of pool "${name}" are registered by hand; it has no size to set`);
  if (!('desired' in size))
    throw refuseInput('/pool', `pool "${name}" sizes itself between bounds; give it a fixed size first`);
  const parent = [...tx.world.pools.values()].find(({ pool: { split } }) =>
    split?.some((share) => share.pool === name),
  );
  if (parent !== undefined)
    throw refuseInput('/pool', `pool "${name}" has its share of the size of "${parent.pool.name}"; set that`);
}
