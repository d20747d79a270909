import type { Random } from '../timers.ts';

/** How long filling pauses when there is no room left, at first and at most: it doubles with each try in vain. Milliseconds. */
export type PauseLimits = { readonly minMs: number; readonly maxMs: number };

export type FillingStatus = {
  /** Are creations held back? */
  readonly isPaused: boolean;
  /** Until when none is tried; null when one is tried next, and while they are not held back. Milliseconds UTC. */
  readonly pausedUntil: number | null;
};

/** Proof that a creation was let through, handed back with what became of it. */
export type FillingPermit = { readonly generation: number; readonly isCredited: boolean };

/** The share by which a pause may come out longer, so that accounts which paused together do not try together. */
const JITTER = 0.1;
/** Creations under way at once from which on there is room enough to stop counting them. */
const WINDOW_MAX = 1_000;

/**
 * Keeps creations away from an account that has no capacity or quota left: thousands that wait cost it one refusal, not
 * one each.
 *
 * After the pause one creation is tried. When it is made two may be under way, then three and so on: an account with room for
 * one more refuses a few, not as many as there are. What is proven destroyed meanwhile frees a place, so each such end is
 * credit for one creation during the pause, let through in the same way; one of those that is refused all the same takes the
 * credit from the others.
 *
 * A creation counts only in the generation that let it through: what was under way when the pause began says nothing new.
 */
export class FillingPause {
  #limits: PauseLimits;
  readonly #random: Random;
  #isPaused = false;
  #generation = 0;
  /** Creations without a credit that may be, and are, under way in this generation. */
  #window = Number.POSITIVE_INFINITY;
  #underWay = 0;
  /** The same of creations with a credit, and the credits that are left. */
  #creditedWindow = 1;
  #creditedUnderWay = 0;
  #credits = 0;
  #pauseMs: number;
  #pausedUntil = 0;
  /** Not even credits count before this instant. */
  #quietUntil = 0;

  constructor(limits: PauseLimits, random: Random) {
    this.#limits = limits;
    this.#random = random;
    this.#pauseMs = limits.minMs;
  }

  /** New limits hold from the next pause on. */
  setLimits(limits: PauseLimits): void {
    this.#limits = limits;
    if (!this.#isPaused) this.#pauseMs = limits.minMs;
  }

  /** How many milliseconds a creation has to wait: 0 when it may go, infinite while others are being tried. */
  waitMs(now: number): number {
    const restMs = this.#isPaused ? Math.max(0, this.#pausedUntil - now) : 0;
    if (restMs === 0) return this.#underWay < this.#window ? 0 : Number.POSITIVE_INFINITY;
    const mayUseCredit = this.#credits > 0 && this.#creditedUnderWay < this.#creditedWindow;
    return mayUseCredit ? Math.max(0, this.#quietUntil - now) : restMs;
  }

  /** Lets through the creation that `waitMs` said may go. */
  begin(now: number): FillingPermit {
    const isCredited = this.#isPaused && now < this.#pausedUntil;
    if (isCredited) {
      this.#credits -= 1;
      this.#creditedUnderWay += 1;
    } else {
      this.#underWay += 1;
    }
    return { generation: this.#generation, isCredited };
  }

  /** `unknown`: what became of it says nothing about room. */
  end(permit: FillingPermit, result: 'made' | 'exhausted' | 'unknown', now: number): void {
    if (permit.generation !== this.#generation) return;
    if (permit.isCredited) this.#creditedUnderWay -= 1;
    else this.#underWay -= 1;
    if (result === 'exhausted') return this.#pause(permit.isCredited, now);
    if (result === 'unknown') return;
    // A place that was known to be free is no sign of more than are known.
    if (permit.isCredited) {
      this.#creditedWindow += 1;
      return;
    }
    this.#isPaused = false;
    this.#pauseMs = this.#limits.minMs;
    this.#window = this.#window < WINDOW_MAX ? this.#window + 1 : Number.POSITIVE_INFINITY;
  }

  /** Something is proven destroyed. */
  noteRoom(): void {
    if (this.#isPaused) this.#credits += 1;
  }

  /** `isWanted`: creations wait. Where none does, and none is being tried, none is held back. */
  status(now: number, isWanted: boolean): FillingStatus {
    const isPaused = this.#isPaused && (isWanted || this.#underWay + this.#creditedUnderWay > 0);
    return { isPaused, pausedUntil: isPaused && this.#pausedUntil > now ? this.#pausedUntil : null };
  }

  #pause(wasCredited: boolean, now: number): void {
    const { minMs, maxMs } = this.#limits;
    this.#pauseMs = this.#isPaused ? Math.min(maxMs, this.#pauseMs * 2) : minMs;
    this.#isPaused = true;
    this.#generation += 1;
    this.#window = 1;
    this.#underWay = 0;
    this.#creditedWindow = 1;
    this.#creditedUnderWay = 0;
    this.#credits = 0;
    this.#pausedUntil = now + this.#pauseMs * (1 + JITTER * this.#random());
    this.#quietUntil = wasCredited ? now + minMs : now;
  }
}
