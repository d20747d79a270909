import type { decide } from '@poolkeeper/core';
import type { JobRunner } from '../server/jobs/contract.ts';
import type { StepExecutor } from '../server/steps/contract.ts';
import type { TenureStart } from '../server/cluster/contract.ts';
import type { MemoryDisk } from '../server/store/memory/memory-disk.ts';
import type { SharedStore } from '../server/store/shared-contract.ts';
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
  /** Has to be looked for where several replicas share the world. */
  readonly isOfReplicas?: boolean;
  /** How the database that all replicas share writes a batch. */
  readonly writes?: (real: SharedStore, disk: MemoryDisk) => SharedStore['commit'];
  /** What a replica tells of its term. */
  readonly tenure?: (real: TenureStart) => TenureStart;
  /** Does a replica take a commit for failed when it does not know, and send its changes anew? */
  readonly forgetsNumbers?: boolean;
  readonly runner?: (real: JobRunner, chance: Chance) => JobRunner;
  /** What the keeper of accounts reaches of the bank. */
  readonly bank?: (real: BankCalls, chance: Chance) => BankCalls;
  readonly show?: (real: ShowCredentials, chance: Chance) => ShowCredentials;
  readonly steps?: (real: StepExecutor, chance: Chance) => StepExecutor;
};
