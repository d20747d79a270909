const SECOND_MS = 1_000;

/** Takes so many calls in any second, and says how long those beyond have to wait. Instants are milliseconds. */
export class Throttle {
  /** When calls were taken, in the last second; never more than were allowed then. */
  #taken: number[] = [];

  /** Takes a call (0), or answers after how many milliseconds one more is taken. */
  take(perSecond: number, now: number): number {
    this.#taken = this.#taken.filter((at) => now - at < SECOND_MS);
    if (this.#taken.length < perSecond) {
      this.#taken.push(now);
      return 0;
    }
    const frees = this.#taken[this.#taken.length - perSecond] ?? now;
    return Math.max(1, SECOND_MS - (now - frees));
  }
}
