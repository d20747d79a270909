import type { decide } from '@poolkeeper/core';
import type { JobRunner } from '../server/jobs/contract.ts';
import type { StepExecutor } from '../server/steps/contract.ts';
import type { Store } from '../server/store/contract.ts';
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
  readonly steps?: (real: StepExecutor, chance: Chance) => StepExecutor;
};
