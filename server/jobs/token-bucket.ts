/** How many calls a second in the long run, and how many at once after a pause. */
export type RateLimits = { readonly perSecond: number; readonly burst: number };

/**
 * Lets calls through at a steady rate, with a burst after a pause.
 *
 * Instants are milliseconds UTC and handed in; a clock that was set back neither gives nor takes tokens.
 */
export class TokenBucket {
  #limits: RateLimits;
  #tokens: number;
  #countedAt: number;

  constructor(limits: RateLimits, now: number) {
    this.#limits = limits;
    this.#tokens = burstOf(limits);
    this.#countedAt = now;
  }

  /** What was saved up so far counts at the old rate; more than the new burst is forgotten. */
  setLimits(limits: RateLimits, now: number): void {
    this.#refill(now);
    this.#limits = limits;
    this.#tokens = Math.min(burstOf(limits), this.#tokens);
  }

  /** How many milliseconds until a token is there; 0 when one is. */
  waitMs(now: number): number {
    this.#refill(now);
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) * 1_000) / this.#limits.perSecond);
  }

  /** Takes the token that `waitMs` said is there. */
  take(): void {
    this.#tokens -= 1;
  }

  #refill(now: number): void {
    const elapsedMs = Math.max(0, now - this.#countedAt);
    this.#tokens = Math.min(
      burstOf(this.#limits),
      this.#tokens + (elapsedMs * this.#limits.perSecond) / 1_000,
    );
    this.#countedAt = now;
  }
}

function burstOf({ burst }: RateLimits): number {
  return Math.max(1, burst);
}
