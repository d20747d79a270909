import type { Upkeep } from '../model/upkeep.ts';
import type { Transaction } from '../world/transaction.ts';

export type StartUpkeep = { readonly type: 'startUpkeep'; readonly name: string };
export type StopUpkeep = { readonly type: 'stopUpkeep'; readonly name: string };

/** Starts both loops, the first look at once. Starting what is started changes nothing. Errors: `upkeep_not_configured`. */
export function startUpkeep(_tx: Transaction, _input: StartUpkeep): Upkeep {
  throw new Error('to be built');
}

/** Stops both loops; what is under way ends, and machines stay as they are. Stopping what is stopped changes nothing. */
export function stopUpkeep(_tx: Transaction, _input: StopUpkeep): Upkeep {
  throw new Error('to be built');
}
