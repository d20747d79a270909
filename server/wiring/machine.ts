import type { Clock, Random, Timers } from '../timers.ts';

/** What a process has of its machine: handed over by `main.ts`, and in tests by whoever pretends to be one. */
export type Machine = {
  /** As it is set; it may be wrong, and jump. */
  readonly clock: Clock;
  /** Counts time since any instant; nobody can set it. Milliseconds, in fractions. */
  readonly elapsed: Clock;
  readonly timers: Timers;
  readonly random: Random;
};
