import { SortedList } from '@poolkeeper/core';
import type { CancelTimer, Clock, Timers } from './timers.ts';

type VirtualTimer = { readonly at: number; readonly order: number; readonly callback: () => void };

/** How often promises get their turn after a timer fired: chains of this many awaits settle before time goes on. */
const SETTLE_TURNS = 20;

/**
 * A clock and timers whose time passes when it is told to: for tests and for the simulation.
 *
 * Timers fire in the order of their instants, equal ones in the order in which they were set, so a run repeats exactly.
 */
export class VirtualTime implements Clock, Timers {
  #now: number;
  #nextOrder = 0;
  readonly #timers = new SortedList<VirtualTimer>((a, b) => a.at - b.at || a.order - b.order);

  constructor(startAt = 1_000_000) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  /** How many timers are set and have not fired. */
  get pending(): number {
    return this.#timers.size;
  }

  set(delayMs: number, callback: () => void): CancelTimer {
    const timer = { at: this.#now + Math.max(0, delayMs), order: this.#nextOrder++, callback };
    this.#timers.add(timer);
    return () => void this.#timers.remove(timer);
  }

  /** The clock goes on and no timer fires yet, as on a machine that is busy. What fell due fires when time passes next. */
  jump(durationMs: number): void {
    this.#now += durationMs;
  }

  /** Lets time pass, firing what falls due on the way; promises settle after each timer. */
  async advance(durationMs: number): Promise<void> {
    const until = this.#now + durationMs;
    await settle();
    for (;;) {
      const next = this.#timers.first();
      if (next === undefined || next.at > until) break;
      this.#timers.remove(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await settle();
    }
    this.#now = until;
  }
}

/** Lets promises that can settle without time passing settle. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLE_TURNS; turn += 1) await Promise.resolve();
}
