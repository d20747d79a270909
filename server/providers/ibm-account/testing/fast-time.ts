import type { CancelTimer, Clock, Timers } from '../../../timers.ts';
import { systemClock, systemTimers } from '../../../system-clock.ts';

/** So many milliseconds of tests pass in one of the machine: minutes of waiting for deletions take no time, over real HTTP. */
const PACE = 500;
/** Timers so long are limits of calls that are answered: they leave a busy machine its time, and cost none. Milliseconds. */
const LIMIT_MS = 600_000;
const LIMIT_PACE = 40;

/** A clock that runs ahead, and timers that keep to it. */
export class FastTime implements Clock, Timers {
  readonly #startedAt = systemClock.now();
  #skippedMs = 0;

  now(): number {
    return this.#startedAt + (systemClock.now() - this.#startedAt) * PACE + this.#skippedMs;
  }

  set(delayMs: number, callback: () => void): CancelTimer {
    return systemTimers.set(delayMs / (delayMs >= LIMIT_MS ? LIMIT_PACE : PACE), callback);
  }

  /** Lets time pass at once. Timers do not notice. */
  skip(durationMs: number): void {
    this.#skippedMs += durationMs;
  }
}
