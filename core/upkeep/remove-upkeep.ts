import type { Upkeep } from '../model/upkeep.ts';
import type { Transaction } from '../world/transaction.ts';

export type RemoveUpkeep = { readonly type: 'removeUpkeep'; readonly name: string };

/**
 * Stops an upkeep and begins to forget it: once nothing is under way it goes with its pool, provider and secret. Its machines live on.
 *
 * Errors: `upkeep_not_found`. Repeating it is harmless.
 */
export function removeUpkeep(_tx: Transaction, _input: RemoveUpkeep): Upkeep {
  throw new Error('to be built');
}
