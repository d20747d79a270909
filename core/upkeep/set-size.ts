import type { Transaction } from '../world/transaction.ts';

export type SetSize = { readonly type: 'setSize'; readonly pool: string; readonly desired: number };

/** `round`: the number of the first update that will fit the pool to the size; null where the pool follows its size at once. */
export type SizeSet = { readonly desired: number; readonly round: number | null };

/**
 * Sets how many members a pool is to have; one that is kept in rounds begins an update at once, or as soon as the one under way ends.
 *
 * Errors: `pool_not_found`, `upkeep_stopped`, `invalid_input` (no whole number from 0, over the most, a pool without a size or with
 * bounds, a child of a split pool).
 */
export function setSize(_tx: Transaction, _input: SetSize): SizeSet {
  throw new Error('to be built');
}
