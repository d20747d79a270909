import type { decide } from '@poolkeeper/core';
import type { JobRunner } from '../server/jobs/contract.ts';
import type { StepExecutor } from '../server/steps/contract.ts';
import type { Store } from '../server/store/contract.ts';
import type { ShowCredentials } from './accounts/show-credentials.ts';
import type { BankCalls } from './accounts/sim-accounts.ts';
import type { Chance } from './chance.ts';

/** A fault that is put into the product from outside, by wrapping a part of one keeper's process. */
export type Plant = {
  /** What a product with this fault gets wrong. */
  readonly about: string;
  /** The invariants of which one has to be named when it is caught. */
  readonly breaks: readonly string[];
  readonly decide?: (real: typeof decide, chance: Chance) => typeof decide;
  readonly store?: (real: Store, chance: Chance) => Store;
  readonly runner?: (real: JobRunner, chance: Chance) => JobRunner;
  /** What the keeper of accounts reaches of the bank. */
  readonly bank?: (real: BankCalls, chance: Chance) => BankCalls;
  readonly show?: (real: ShowCredentials, chance: Chance) => ShowCredentials;
  readonly steps?: (real: StepExecutor, chance: Chance) => StepExecutor;
};
