import { InvariantViolation } from '../invariant.ts';
import type { Resource } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';

export type NoteHolding = {
  readonly type: 'noteHolding';
  readonly name: string;
  readonly holder: string;
  /** Where the holder believes it to stand. */
  readonly stage: string;
  /** What is kept with it from now on; an empty text takes a member away. */
  readonly data: Readonly<Record<string, string>>;
};

/** Notes that a holder still has a member, and what it says about it: to be built. */
export function noteHolding(_tx: Transaction, _input: NoteHolding): Resource {
  throw new InvariantViolation('to be built');
}
