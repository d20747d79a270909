import type { CancelTimer, Clock, Timers } from '../../../timers.ts';
import { systemClock, systemTimers } from '../../../system-clock.ts';

/** So many milliseconds of tests pass in one of the machine: minutes of waiting for deletions take no time, over real HTTP. */
const PACE = 500;

/** A clock that runs ahead, and timers that keep to it. */
export class FastTime implements Clock, Timers {
  readonly #startedAt = systemClock.now();
  #skippedMs = 0;

  now(): number {
    return this.#startedAt + (systemClock.now() - this.#startedAt) * PACE + this.#skippedMs;
  }

  set(delayMs: number, callback: () => void): CancelTimer {
    return systemTimers.set(delayMs / PACE, callback);
  }

  /** Lets time pass at once. Timers do not notice. */
  skip(durationMs: number): void {
    this.#skippedMs += durationMs;
  }
}
