import type { Upkeep } from '../model/upkeep.ts';
import type { Transaction } from '../world/transaction.ts';

export type CreateUpkeep = { readonly type: 'createUpkeep'; readonly name: string };

/**
 * Makes an upkeep that is neither configured nor started.
 *
 * Errors: `upkeep_exists`, also while one of the name is being removed; `invalid_input` for a name that is none.
 */
export function createUpkeep(_tx: Transaction, _input: CreateUpkeep): Upkeep {
  throw new Error('to be built');
}
