import type { decide, DecisionContext } from '@poolkeeper/core';
import type { Logger } from '../logger.ts';
import type { Store } from '../store/contract.ts';
import type { Clock, Random, Timers } from '../timers.ts';
import type { KeeperProbe } from './contract.ts';

/** What a keeper is made of. */
export type KeeperParts = {
  readonly store: Store;
  readonly clock: Clock;
  /** Counts time for metrics, in fractions of a millisecond; the clock does where it is left out. */
  readonly elapsed?: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly newId: (prefix: string) => string;
  readonly sealRecord: DecisionContext['sealRecord'];
  readonly checkStep: DecisionContext['checkStep'];
  /** Calls back after what is ready to be read has been read, so that one commit serves all who came together. */
  readonly defer: (callback: () => void) => void;
  readonly logger: Logger;
  readonly probe?: KeeperProbe;
  /** Called when the world was loaded: at the start, and again after the store failed. */
  readonly onLoad?: () => void;
  /** What decides; the core's own where nothing is given. */
  readonly decide?: typeof decide;
};
