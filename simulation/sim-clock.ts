import type { VirtualTime } from '../server/virtual-time.ts';
import type { CancelTimer, Clock, Timers } from '../server/timers.ts';

/** The machine's clock: the time that passes, and how far somebody set it off. Whole milliseconds, as of a machine. */
export class SimClock implements Clock {
  readonly #time: VirtualTime;
  #offMs = 0;
  /** When it was last set forward, in time that passed. */
  forwardAt = Number.NEGATIVE_INFINITY;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  now(): number {
    return Math.floor(this.#time.now()) + this.#offMs;
  }

  jump(byMs: number): void {
    this.#offMs += byMs;
    if (byMs > 0) this.forwardAt = this.#time.now();
  }
}

/** The timers of one process: they end with it. */
export class MortalTimers implements Timers {
  readonly #time: Timers;
  readonly #cancels = new Set<CancelTimer>();
  #isDead = false;

  constructor(time: Timers) {
    this.#time = time;
  }

  set(delayMs: number, callback: () => void): CancelTimer {
    if (this.#isDead) return () => {};
    const cancel = this.#time.set(delayMs, () => {
      this.#cancels.delete(cancel);
      callback();
    });
    this.#cancels.add(cancel);
    return () => {
      this.#cancels.delete(cancel);
      cancel();
    };
  }

  kill(): void {
    this.#isDead = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}
