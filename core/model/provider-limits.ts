/**
 * How hard the account behind one provider may be used, as an operator says it, whatever its driver. What is left out is as by
 * default. All pools that name the provider share it.
 */
export type ProviderLimits = {
  /** Jobs under way at once. */
  readonly concurrency?: number;
  /** Calls a second in the long run. */
  readonly ratePerSecond?: number;
  /** Calls at once after a pause. */
  readonly burst?: number;
  /** So many failures in a row, and it is left alone. */
  readonly failures?: number;
  /** How long it is left alone at first, in milliseconds. */
  readonly pauseMs?: number;
};

/** What may be said, as bounds; the pause in milliseconds. */
export const PROVIDER_LIMIT_BOUNDS = {
  concurrency: { minimum: 1, maximum: 1_000 },
  ratePerSecond: { minimum: 0.01, maximum: 10_000 },
  burst: { minimum: 1, maximum: 10_000 },
  failures: { minimum: 1, maximum: 1_000 },
  pauseMs: { minimum: 100, maximum: 3_600_000 },
} as const;
