import { InvariantViolation } from '../invariant.ts';
import type { Credential } from '../model/credential.ts';
import type { Transaction } from '../world/transaction.ts';

export type PutCredential = {
  readonly type: 'putCredential';
  readonly resource: string;
  readonly part: 'current' | 'management';
  /** Null: taken away. */
  readonly sealed: string | null;
  /** Who says so, for the event. */
  readonly by: string;
  readonly version?: number;
};

/** Keeps a credential that a person gives: to be built. */
export function putCredential(_tx: Transaction, _input: PutCredential): Credential {
  throw new InvariantViolation('to be built');
}

export type ResealCredential = {
  readonly type: 'resealCredential';
  readonly resource: string;
  /** The version whose values were sealed anew. */
  readonly version: number;
  readonly sealed: Readonly<Partial<Record<'current' | 'pending' | 'management', string>>>;
};

/** Takes the same values under another key: to be built. */
export function resealCredential(_tx: Transaction, _input: ResealCredential): { isResealed: boolean } {
  throw new InvariantViolation('to be built');
}
