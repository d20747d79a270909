import type { JobKind } from '@poolkeeper/core';

/** Hears of each call of a provider when it has ended, for metrics. */
export type CallProbe = (info: {
  readonly provider: string;
  readonly call: JobKind | 'observe';
  /** What became of it, as one word. */
  readonly result: string;
  readonly durationMs: number;
}) => void;
