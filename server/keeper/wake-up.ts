import type { CancelTimer, Timers } from '../timers.ts';

/** How long the keeper sleeps at most while something is due, in milliseconds. */
const WAKE_UP_MS_MAX = 5_000;

/** Wakes the keeper when the world next wants a tick. */
export class WakeUp {
  readonly #timers: Timers;
  readonly #onTime: () => void;
  #set: { readonly at: number; readonly cancel: CancelTimer } | undefined;

  constructor(timers: Timers, onTime: () => void) {
    this.#timers = timers;
    this.#onTime = onTime;
  }

  /** Has it wake at an instant, unless it wakes sooner already. */
  at(at: number, now: number): void {
    if (this.#set !== undefined && this.#set.at <= at) return;
    this.cancel();
    // A clock that is set forward, or a machine that slept, makes a deadline come sooner than any timer knows.
    const cancel = this.#timers.set(Math.min(at - now, WAKE_UP_MS_MAX), () => {
      this.#set = undefined;
      this.#onTime();
    });
    this.#set = { at, cancel };
  }

  cancel(): void {
    this.#set?.cancel();
    this.#set = undefined;
  }
}
