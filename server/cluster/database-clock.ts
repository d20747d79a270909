import type { Clock } from '../timers.ts';

/** What the database said its time is, between two instants of the own clock that counts what has passed. */
export type TimeAnswer = { readonly now: number; readonly sentAt: number; readonly answeredAt: number };

/**
 * The database's clock, as far as its answers tell: all replicas decide by one time, whatever their machines say.
 *
 * An answer tells the time of some moment between question and answer, so how far the two clocks are apart lies between two bounds. The
 * first answer is taken to be from the middle; a later one moves the estimate only where that lies outside of its bounds. Between answers
 * time passes as `elapsed` counts it. Before the first it is the machine's.
 *
 * Units: milliseconds, UTC.
 */
export class DatabaseClock implements Clock {
  readonly #elapsed: Clock;
  readonly #machine: Clock;
  /** What is added to `elapsed`. */
  #offset: number | undefined;

  constructor({ elapsed, machine }: { readonly elapsed: Clock; readonly machine: Clock }) {
    this.#elapsed = elapsed;
    this.#machine = machine;
  }

  now(): number {
    return this.#offset === undefined ? this.#machine.now() : this.#elapsed.now() + this.#offset;
  }

  learn({ now, sentAt, answeredAt }: TimeAnswer): void {
    const [least, most] = [now - answeredAt, now - sentAt];
    this.#offset =
      this.#offset === undefined ? (least + most) / 2 : Math.min(most, Math.max(least, this.#offset));
  }

  /** How far the machine's clock is ahead. */
  skewMs(): number {
    return Math.round(this.#machine.now() - this.now());
  }
}
