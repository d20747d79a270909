import { InvariantViolation } from '../invariant.ts';
import type { StageSpec } from '../model/stage.ts';
import type { Transaction } from '../world/transaction.ts';

/** A type as a configuration says it. */
export type ConfiguredType = StageSpec & {
  /** The pool that it becomes. */
  readonly pool: string;
  /** Members by name; empty where they come and go by themselves. */
  readonly names: readonly string[];
};

export type SyncStages = {
  readonly type: 'syncStages';
  /** Of new pools. */
  readonly provider: string;
  readonly types: readonly ConfiguredType[];
};

/** What came and went, by name. `waiting`: they go when they come back. */
export type StagesSynced = {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly waiting: readonly string[];
};

/** Makes the pools that are handed over by stage those of a configuration, in one decision: to be built. */
export function syncStages(_tx: Transaction, _input: SyncStages): StagesSynced {
  throw new InvariantViolation('to be built');
}
