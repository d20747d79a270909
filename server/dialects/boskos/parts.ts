import type { Keeper } from '../../keeper/contract.ts';
import type { Logger } from '../../logger.ts';
import type { Clock, Timers } from '../../timers.ts';
import type { Authenticate } from './access.ts';
import type { BoskosMetrics } from './metrics.ts';

/** How the dialect is served. Durations are milliseconds. */
export type BoskosSettings = {
  /** How long a request keeps its place without being asked again. */
  readonly requestTtlMs: number;
  /**
   * Is a client without good credentials told so by 401 and a challenge? Else by 403: clients of the original take a 401 on /acquire
   * for "in use", and ask again for ever.
   */
  readonly isChallenging: boolean;
};

export const BOSKOS_DEFAULTS: BoskosSettings = { requestTtlMs: 30_000, isChallenging: false };

/** What the dialect is made with. */
export type BoskosParts = {
  readonly keeper: Pick<Keeper, 'ask' | 'read' | 'subscribe' | 'now'>;
  readonly timers: Timers;
  /** Counts time for metrics, in fractions of a millisecond. */
  readonly elapsed: Clock;
  readonly logger: Logger;
  readonly settings: BoskosSettings;
  readonly authenticate: Authenticate;
  /** Also shown by the application of metrics. */
  readonly metrics: BoskosMetrics;
};
