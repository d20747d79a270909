import { Refusal, refuseInput } from '../errors.ts';
import { nearName } from '../near-name.ts';
import type { Pool } from '../model/pool.ts';
import { compareText } from '../world/sorted-list.ts';
import type { Transaction } from '../world/transaction.ts';
import type { World } from '../world/world.ts';

/** The root of the tree. Every pool hangs under it in the end, whether or not there is a pool of this name. */
export const ROOT_POOL = 'default';

/** Pools that a message names. */
const NAMES_SHOWN_MAX = 5;

/** The name of the pool that a pool hangs under; null for the root. */
export function parentOf({ name, parent }: Pick<Pool, 'name' | 'parent'>): string | null {
  return name === ROOT_POOL ? null : (parent ?? ROOT_POOL);
}

/** The pools above one, the nearest first and the root last; the root is named whether or not it is there. */
export function ancestorsOf(world: World, pool: Pick<Pool, 'name' | 'parent'>): string[] {
  const above: string[] = [];
  let next = parentOf(pool);
  // No more steps than there are pools, and the root: what nobody could have made must not run for ever.
  for (let steps = world.pools.size + 1; next !== null && steps > 0; steps -= 1) {
    above.push(next);
    const state = world.pools.get(next);
    if (state !== undefined) next = parentOf(state.pool);
    // A pool that is going may outlive the one above it.
    else next = next === ROOT_POOL ? null : ROOT_POOL;
  }
  return above;
}

/** The names of the pools right under one, in their order. */
export function childrenOf(world: World, name: string): string[] {
  return [...world.pools.values()]
    .filter(({ pool }) => parentOf(pool) === name)
    .map(({ pool }) => pool.name)
    .toSorted(compareText);
}

/** The word of a specification: the root goes without saying. */
export function parentSaid(parent: string | null): string | null {
  return parent === ROOT_POOL ? null : parent;
}

/**
 * Refuses a pool whose place is none: under a pool that is not there or is being removed, or under itself.
 *
 * Errors: `pool_not_found`, `pool_being_removed`, `invalid_input`, at `/parent`.
 */
export function requirePlace(tx: Transaction, pool: Pool): void {
  const { name, parent } = pool;
  if (parent === null) return;
  const at = '/parent';
  if (name === ROOT_POOL) {
    throw refuseInput(at, `"${ROOT_POOL}" is the root of all pools, so it has no parent; leave parent out`);
  }
  const state = tx.world.pools.get(parent);
  if (state === undefined) {
    const near = nearName(parent, tx.world.pools.keys());
    const way = near === undefined ? 'Make it first, or leave parent out.' : `Did you mean "${near}"?`;
    throw refuseInput(
      at,
      `There is no pool "${parent}" for "${name}" to hang under. ${way}`,
      'pool_not_found',
    );
  }
  if (ancestorsOf(tx.world, pool).includes(name)) {
    throw refuseInput(at, `"${name}" would hang under itself: "${parent}" is it, or hangs under it already`);
  }
  if (state.pool.status === 'removing') {
    throw refuseInput(at, `Pool "${parent}" is being removed. Name another parent.`, 'pool_being_removed');
  }
}

/** Refuses to remove a pool under which others stay. Errors: `pool_has_children`. */
export function requireNothingUnder(tx: Transaction, name: string): void {
  // The root is there without a pool of its name, so those under it lose nothing.
  if (name === ROOT_POOL) return;
  const left = childrenOf(tx.world, name).filter(
    (child) => tx.world.pools.get(child)?.pool.status === 'open',
  );
  if (left.length === 0) return;
  const names = left.slice(0, NAMES_SHOWN_MAX).map((child) => `"${child}"`);
  const more = left.length > names.length ? ` and ${left.length - names.length} more` : '';
  throw new Refusal(
    'pool_has_children',
    `Under pool "${name}" hang others: ${names.join(', ')}${more}. Give them another parent, or remove them first.`,
  );
}
