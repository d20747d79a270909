import type { Clock } from '../timers.ts';

/** How long one thing that is said stands for all of its kind, in milliseconds. */
export const LOG_PAUSE_MS = 30_000;

/** Says something now and then, however often it happens: whoever can connect decides how often. `elapsed` cannot be set. */
export class LogPause {
  readonly #elapsed: Clock;
  #silentUntil = -Infinity;
  #unsaid = 0;

  constructor(elapsed: Clock) {
    this.#elapsed = elapsed;
  }

  /** Says it, with how often it happened unsaid before, unless it was said lately. */
  say(write: (unsaid: number) => void): void {
    const now = this.#elapsed.now();
    if (now < this.#silentUntil) {
      this.#unsaid += 1;
      return;
    }
    this.#silentUntil = now + LOG_PAUSE_MS;
    const unsaid = this.#unsaid;
    this.#unsaid = 0;
    write(unsaid);
  }
}
