import { InvariantViolation } from '../invariant.ts';
import type { Resource } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';

export type PutBack = {
  readonly type: 'putBack';
  readonly name: string;
  readonly holder: string;
  /** Where it stands from then on. */
  readonly dest: string;
};

/** Gives a member back: to be built. */
export function putBack(_tx: Transaction, _input: PutBack): Resource {
  throw new InvariantViolation('to be built');
}
