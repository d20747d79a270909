import { ProviderExhausted, ProviderRefused } from '../server/providers/contract.ts';
import type { Timers } from '../server/timers.ts';
import type { Chance } from './chance.ts';

/** How a place behaves at present. Shares are between 0 and 1, times milliseconds. */
export type Mood = {
  readonly latencyMs: number;
  readonly bootMs: number;
  readonly goingMs: number;
  /** Calls that fail before, and after, they took effect. */
  readonly failing: number;
  readonly losing: number;
  /** Creations for which there is no capacity. */
  readonly exhausted: number;
  readonly refusing: number;
  /** Calls that never answer by themselves, and those that do not heed their signal either. */
  readonly hanging: number;
  readonly deaf: number;
};

export const FAIR_MOOD: Mood = {
  latencyMs: 200,
  bootMs: 500,
  goingMs: 0,
  failing: 0,
  losing: 0,
  exhausted: 0,
  refusing: 0,
  hanging: 0,
  deaf: 0,
};

/** How long after its time a call that hangs may still take effect, in milliseconds. */
const LATE_MS_MAX = 30_000;
/** How long a call takes to heed its signal, in milliseconds. */
const HEED_MS_MAX = 1_000;

export type SimCallInput<E, T> = {
  readonly time: Timers;
  readonly chance: Chance;
  readonly mood: Mood;
  readonly signal: AbortSignal;
  /** What happens outside; at most once. */
  readonly effect: () => E;
  readonly answer: (made: E) => T;
};

/**
 * One call to a place outside: slow, failing, lost or refused as the mood of the place has it.
 *
 * Whatever it still does, it does before its signal's abort is over. When the process that called dies, `cut` lets it take
 * effect at once or never, and it does not answer.
 */
export class SimCall<E, T> {
  readonly #input: SimCallInput<E, T>;
  readonly #fate: number;
  readonly #isDeaf: boolean;
  readonly #answered = Promise.withResolvers<T>();
  #made: { readonly value: E } | undefined;
  #isOpen = true;

  constructor(input: SimCallInput<E, T>) {
    this.#input = input;
    this.#fate = input.chance.next();
    this.#isDeaf = input.chance.is(input.mood.deaf);
  }

  run(): Promise<T> {
    const { chance, mood, signal } = this.#input;
    const isHanging = chance.is(mood.hanging);
    if (!isHanging) this.#after(chance.int(0, mood.latencyMs), () => this.#end());
    else if (chance.is(0.5)) this.#after(chance.int(0, LATE_MS_MAX), () => void this.#take());
    if (signal.aborted) this.#abort();
    else signal.addEventListener('abort', () => this.#abort(), { once: true });
    return this.#answered.promise;
  }

  /** The process that called is dead. */
  cut(): void {
    if (this.#isOpen && this.#input.chance.is(0.5)) this.#take();
    this.#isOpen = false;
  }

  #take(): E {
    this.#made ??= { value: this.#input.effect() };
    return this.#made.value;
  }

  #after(delayMs: number, then: () => void): void {
    this.#input.time.set(delayMs, () => {
      if (this.#isOpen) then();
    });
  }

  #end(): void {
    const { refusing, exhausted, failing, losing } = this.#input.mood;
    let rest = this.#fate;
    const isFated = (share: number): boolean => (rest -= share) < 0;
    if (isFated(refusing)) return this.#fail(new ProviderRefused('Simulated: this is refused.'));
    if (isFated(exhausted)) return this.#fail(new ProviderExhausted('Simulated: no capacity.'));
    if (isFated(failing)) return this.#fail(new Error('Simulated: it failed.'));
    const made = this.#take();
    if (isFated(losing)) return this.#fail(new Error('Simulated: the answer got lost.'));
    this.#isOpen = false;
    try {
      this.#answered.resolve(this.#input.answer(made));
    } catch (error) {
      this.#answered.reject(error);
    }
  }

  #abort(): void {
    if (!this.#isOpen) return;
    const { chance } = this.#input;
    if (chance.is(0.5)) this.#take();
    if (this.#isDeaf) this.#isOpen = false;
    else this.#after(chance.int(0, HEED_MS_MAX), () => this.#fail(new Error('Simulated: told to end.')));
  }

  #fail(error: Error): void {
    this.#isOpen = false;
    this.#answered.reject(error);
  }
}
