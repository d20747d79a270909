import type { Listed } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';

export type FinishLook = {
  readonly type: 'finishLook';
  readonly upkeep: string;
  /** Of the look; see `Look`. */
  readonly number: number;
  /** When the provider was asked; what was made later may be missing from the list. */
  readonly startedAt: number;
  readonly outcome:
    | { readonly result: 'seen'; readonly things: readonly Listed[] }
    | { readonly result: 'failed'; readonly error: string };
};

/** Takes what one attempt at a look came to. Answers whether it counted. */
export function finishLook(_tx: Transaction, _input: FinishLook): { isAccepted: boolean } {
  throw new Error('to be built');
}
