import { InvariantViolation } from '../invariant.ts';
import type { Transaction } from '../world/transaction.ts';

/**
 * What a rotation has to be remembered before it goes on. `pending`: made, not in force; `current`: in force, in the place of the one
 * before, and nothing is pending any more; `null`: what is pending is dropped.
 */
export type KeepCredential = {
  readonly type: 'keepCredential';
  /** The job of the step that rotates; of another, or of none, nothing is kept. */
  readonly job: string;
  readonly fence?: number;
  readonly part: 'pending' | 'current';
  readonly sealed: string | null;
};

/** Keeps what a rotation made, or refuses it to a step that is no longer wanted: to be built. */
export function keepCredential(_tx: Transaction, _input: KeepCredential): { isKept: boolean } {
  throw new InvariantViolation('to be built');
}
