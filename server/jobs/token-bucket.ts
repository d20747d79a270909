/**
 * Lets calls through at a steady rate, with a burst after a pause.
 *
 * Instants are milliseconds UTC and handed in; a clock that was set back neither gives nor takes tokens.
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #countedAt: number;

  constructor(input: { readonly perSecond: number; readonly burst: number; readonly now: number }) {
    this.#perSecond = input.perSecond;
    this.#burst = Math.max(1, input.burst);
    this.#tokens = this.#burst;
    this.#countedAt = input.now;
  }

  /** How many milliseconds until a token is there; 0 when one is. */
  waitMs(now: number): number {
    this.#refill(now);
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) * 1_000) / this.#perSecond);
  }

  /** Takes the token that `waitMs` said is there. */
  take(): void {
    this.#tokens -= 1;
  }

  #refill(now: number): void {
    const elapsedMs = Math.max(0, now - this.#countedAt);
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedMs * this.#perSecond) / 1_000);
    this.#countedAt = now;
  }
}
