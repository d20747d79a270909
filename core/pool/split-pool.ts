import { Refusal, refuseInput } from '../errors.ts';
import type { Pool, PoolSpec, SplitShare } from '../model/pool.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { Transaction } from '../world/transaction.ts';
import type { World } from '../world/world.ts';
import { upkeepOfPool } from '../upkeep/owner.ts';
import { followSize } from '../upkeep/rounds.ts';
import { putSize } from './put-size.ts';

/** Pools that one size is divided over. */
export const SPLIT_POOLS_MAX = 100;
export const SPLIT_WEIGHT_MAX = 1_000_000;

/**
 * Divides a size by weight: the heaviest share first, each gets its part rounded up, and no more than what is left.
 *
 * Shape: as many numbers as shares, in their order; together they are the size.
 */
export function divideSize(size: number, shares: readonly SplitShare[]): number[] {
  const total = shares.reduce((sum, { weight }) => sum + weight, 0);
  const parts = shares.map(() => 0);
  let left = size;
  const byWeight = shares.map(({ weight }, index) => ({ weight, index }));
  for (const { weight, index } of byWeight.toSorted((a, b) => b.weight - a.weight || a.index - b.index)) {
    const part = Math.min(Math.ceil((size * weight) / total), left);
    parts[index] = part;
    left -= part;
  }
  return parts;
}

/** The pools that have the members of one: those that its size is divided over, or the pool itself. */
export function poolsBehind(world: World, name: string): readonly string[] {
  return world.pools.get(name)?.pool.split?.map(({ pool }) => pool) ?? [name];
}

/**
 * Gives the children of a pool their shares of its size, unless they have all of it: then one may have more or less than its weight says,
 * as a client has taken a machine in or away there. What hangs on their sizes follows in the same decision.
 *
 * Shape: changes the pools whose share is another than they have; answers how many.
 */
export function shareOut(tx: Transaction, { pool }: PoolState): number {
  const { size, split = [], isToDivide, ...rest } = pool;
  if (size === null || !('desired' in size) || pool.status === 'removing') return 0;
  if (isToDivide === undefined && sharedSize(tx.world, split) === size.desired) return 0;
  if (isToDivide !== undefined) tx.put('pool', pool.name, { ...rest, size, split });
  const parts = divideSize(size.desired, split);
  let changed = 0;
  for (const [index, { pool: name }] of split.entries()) {
    const child = tx.world.pools.get(name)?.pool;
    const desired = parts[index] as number;
    const isToChange = child?.status === 'open' && child.size !== null && 'desired' in child.size;
    if (!isToChange || child.size.desired === desired) continue;
    putSize(tx, child, desired);
    const upkeep = upkeepOfPool(tx.world, name);
    if (upkeep !== undefined) followSize(tx, upkeep);
    changed += 1;
  }
  return changed;
}

function sharedSize(world: World, split: readonly SplitShare[]): number {
  return split.reduce((sum, { pool }) => {
    const size = world.pools.get(pool)?.pool.size ?? null;
    return size !== null && 'desired' in size ? sum + size.desired : sum;
  }, 0);
}

/**
 * Refuses a pool whose size cannot be divided as it says, and one whose size another divides but that has none of its own to give.
 *
 * Errors: `pool_not_found`, `invalid_input`, at `/split` or `/size`.
 */
export function requireSplit(tx: Transaction, pool: Pool): void {
  const parent = splitterOf(tx.world, pool.name);
  if (parent !== undefined) requireChild(pool, parent, '/size');
  if (pool.split === undefined) return;
  if (parent !== undefined && parent !== pool.name)
    throw refuseInput(
      '/split',
      `the pool gets its size from pool "${parent}", so it cannot divide it further`,
    );
  if (pool.size === null || !('desired' in pool.size))
    throw refuseInput('/size', 'a pool that divides its size has a fixed one; give {"desired": N}');
  if ((tx.world.pools.get(pool.name)?.members.size ?? 0) > 0)
    throw refuseInput('/split', 'the pool has members of its own; make another pool to divide a size');
  if (pool.split.length === 0 || pool.split.length > SPLIT_POOLS_MAX)
    throw refuseInput('/split', `a size is divided over 1 to ${SPLIT_POOLS_MAX} pools`);
  for (const [index, share] of pool.split.entries()) requireShare(tx, pool, { share, index });
}

function requireShare(
  tx: Transaction,
  pool: Pool,
  { share: { pool: name, weight }, index }: { share: SplitShare; index: number },
): void {
  const at = `/split/${index}`;
  if (!Number.isInteger(weight) || weight < 1 || weight > SPLIT_WEIGHT_MAX)
    throw refuseInput(`${at}/weight`, `a weight is a whole number from 1 to ${SPLIT_WEIGHT_MAX}`);
  const child = tx.world.pools.get(name)?.pool;
  if (child === undefined)
    throw refuseInput(
      `${at}/pool`,
      `there is no pool "${name}" to divide over; make it first`,
      'pool_not_found',
    );
  if (pool.split?.findIndex((other) => other.pool === name) !== index)
    throw refuseInput(`${at}/pool`, `pool "${name}" is named twice; give it one weight`);
  if (child.split !== undefined || name === pool.name)
    throw refuseInput(`${at}/pool`, `pool "${name}" divides its own size; name pools that have members`);
  if (child.status === 'removing')
    throw refuseInput(`${at}/pool`, `pool "${name}" is being removed; name another`, 'pool_being_removed');
  const other = [...(tx.world.splittersOfPool.get(name) ?? [])].find((splitter) => splitter !== pool.name);
  if (other !== undefined)
    throw refuseInput(`${at}/pool`, `pool "${name}" gets its size from pool "${other}" already`);
  requireChild(child, pool.name, `${at}/pool`);
}

function requireChild({ name, size }: Pool, parent: string, at: string): void {
  if (size !== null && 'desired' in size) return;
  throw refuseInput(
    at,
    `pool "${name}" gets its size from pool "${parent}", so it has a fixed one: {"desired": 0}`,
  );
}

/** The pool that divides its size over this one, or undefined. */
export function splitterOf(world: World, name: string): string | undefined {
  const [splitter] = world.splittersOfPool.get(name) ?? [];
  return splitter;
}

/** Refuses to set the size of a pool that has it from another. Errors: `invalid_input`. */
export function requireOwnSize(world: World, name: string, at = '/size'): void {
  const parent = splitterOf(world, name);
  if (parent === undefined) return;
  throw refuseInput(at, `pool "${name}" gets its size from pool "${parent}"; set the size of that one`);
}

/** What is said about a pool that has its size from another: it keeps the share that it has. */
export function keepShare(world: World, current: Pool | undefined, spec: PoolSpec): PoolSpec {
  const isGiven = current !== undefined && splitterOf(world, spec.name) !== undefined && spec.size !== null;
  return isGiven && 'desired' in spec.size ? { ...spec, size: current.size } : spec;
}

/** Refuses to remove a pool that another divides its size over. Errors: `pool_has_children`. */
export function requireNoSplitter(tx: Transaction, name: string): void {
  const parent = splitterOf(tx.world, name);
  if (parent === undefined || tx.world.pools.get(parent)?.pool.status !== 'open') return;
  throw new Refusal(
    'pool_has_children',
    `Pool "${parent}" divides its size over pool "${name}". Take it out of that pool's split first.`,
  );
}
