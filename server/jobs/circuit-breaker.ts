import type { Random } from '../timers.ts';

export type BreakerLimits = {
  /** This many failures in a row open it. */
  readonly failuresMax: number;
  /** How long it stays open at first, and at most: the wait doubles with each probe that fails. Milliseconds. */
  readonly openMinMs: number;
  readonly openMaxMs: number;
};

export const BREAKER_STATES = ['closed', 'open', 'half-open'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

export type BreakerStatus = {
  readonly state: BreakerState;
  /** Failures in a row, as of now. */
  readonly failures: number;
  /** Until when nothing is tried; null unless it is open. Milliseconds UTC. */
  readonly openUntil: number | null;
};

/** Proof that a call was let through, handed back with its result. */
export type Permit = { readonly generation: number };

/** The share by which a wait may come out longer, so that breakers which opened together do not probe together. */
const JITTER = 0.1;

/**
 * Keeps calls away from a place that fails, and finds out with one call at a time whether it is well again.
 *
 * A call counts only in the generation that let it through: what was under way when the breaker opened says nothing
 * about the place now.
 */
export class CircuitBreaker {
  #limits: BreakerLimits;
  readonly #random: Random;
  #state: BreakerState = 'closed';
  #generation = 0;
  #failures = 0;
  #openMs: number;
  #openUntil = 0;

  constructor(limits: BreakerLimits, random: Random) {
    this.#limits = limits;
    this.#random = random;
    this.#openMs = limits.openMinMs;
  }

  /** New limits hold from the next failure on. */
  setLimits(limits: BreakerLimits): void {
    this.#limits = limits;
    if (this.#state === 'closed') this.#openMs = limits.openMinMs;
  }

  /** How many milliseconds a call has to wait: 0 when it may go, infinite while a probe is under way. */
  waitMs(now: number): number {
    if (this.#state === 'closed') return 0;
    return this.#state === 'open' ? Math.max(0, this.#openUntil - now) : Number.POSITIVE_INFINITY;
  }

  /** Lets through the call that `waitMs` said may go; after an open time it is the probe. */
  begin(): Permit {
    if (this.#state === 'open') this.#enter('half-open');
    return { generation: this.#generation };
  }

  end(permit: Permit, result: 'success' | 'failure', now: number): void {
    if (permit.generation !== this.#generation) return;
    if (result === 'success') {
      if (this.#state === 'half-open') this.#enter('closed');
      this.#failures = 0;
      this.#openMs = this.#limits.openMinMs;
      return;
    }
    this.#failures += 1;
    if (this.#state === 'closed' && this.#failures < this.#limits.failuresMax) return;
    if (this.#state === 'half-open') this.#openMs = Math.min(this.#limits.openMaxMs, this.#openMs * 2);
    this.#enter('open');
    this.#openUntil = now + this.#openMs * (1 + JITTER * this.#random());
  }

  status(): BreakerStatus {
    const openUntil = this.#state === 'open' ? this.#openUntil : null;
    return { state: this.#state, failures: this.#failures, openUntil };
  }

  #enter(state: BreakerState): void {
    this.#state = state;
    this.#generation += 1;
  }
}
