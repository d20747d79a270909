import type { Observation } from '@poolkeeper/core';
import { ProviderExhausted, ProviderGone, ProviderRefused } from '../server/providers/contract.ts';
import type { CreateRequest, DestroyRequest, Provider } from '../server/providers/contract.ts';
import type { Clock, Timers } from '../server/timers.ts';
import type { Chance } from './chance.ts';
import { observationOf } from './outside.ts';
import type { Outside, Thing } from './outside.ts';

/** How a place behaves at present. Shares are between 0 and 1, times milliseconds. */
export type Mood = {
  readonly latencyMs: number;
  readonly bootMs: number;
  readonly goingMs: number;
  /** Calls that fail before, and after, they took effect. */
  readonly failing: number;
  readonly losing: number;
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

export type SimProviderInput = {
  readonly name: string;
  readonly makes: boolean;
  readonly outside: Outside;
  readonly time: Clock & Timers;
  readonly chance: Chance;
  readonly mood: () => Mood;
};

type OpenCall = { effect: (() => void) | null };

/**
 * A provider whose calls are slow, fail, get lost or are refused as its mood has it. What it makes lives in an `Outside`.
 *
 * It keeps the contract: whatever a call still does, it does before its signal's abort is over. When the process that called
 * dies, `cut` lets each open call take effect at once or never, and none of them answers.
 */
export class SimProvider implements Provider {
  readonly name: string;
  readonly driver = 'simulated';
  readonly makes: boolean;
  readonly #input: SimProviderInput;
  readonly #open = new Set<OpenCall>();
  #listener: (() => void) | undefined;
  #isCut = false;

  constructor(input: SimProviderInput) {
    this.name = input.name;
    this.makes = input.makes;
    this.#input = input;
  }

  create({ resource }: CreateRequest, signal: AbortSignal): Promise<Observation> {
    const { outside, time, chance } = this.#input;
    const upAt = time.now() + chance.int(0, this.#input.mood().bootMs);
    return this.#call(
      signal,
      () => outside.create(resource.id, upAt),
      (thing: Thing) => observationOf(thing, time.now()),
    );
  }

  destroy({ resource }: DestroyRequest, signal: AbortSignal): Promise<'gone' | 'going'> {
    const { outside, time, chance } = this.#input;
    const effect = (): 'gone' | 'going' => {
      outside.destroy(resource.id, time.now() + chance.int(0, this.#input.mood().goingMs));
      outside.pass(time.now());
      return outside.things.has(resource.id) ? 'going' : 'gone';
    };
    return this.#call(signal, effect, (end) => {
      if (end === 'gone' && chance.is(0.2)) throw new ProviderGone('It is not there.');
      return end;
    });
  }

  observe(signal: AbortSignal): Promise<readonly Observation[]> {
    const { outside, time } = this.#input;
    return this.#call(
      signal,
      () => outside.observe(time.now()),
      (seen) => seen,
    );
  }

  onChange(listener: () => void): void {
    this.#listener = listener;
  }

  /** Tells that something changed outside, as long as somebody listens. */
  hint(): void {
    if (!this.#isCut) this.#listener?.();
  }

  checkTemplate(): readonly { pointer: string; message: string }[] {
    return [];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  /** The process that called is dead. */
  cut(): void {
    this.#isCut = true;
    for (const call of this.#open) if (call.effect !== null && this.#input.chance.is(0.5)) call.effect();
    this.#open.clear();
  }

  #call<E, T>(signal: AbortSignal, effect: () => E, answer: (effect: E) => T): Promise<T> {
    const { time, chance } = this.#input;
    const mood = this.#input.mood();
    return new Promise<T>((resolve, reject) => {
      let made: { readonly value: E } | null = null;
      const take = (): E => {
        made ??= { value: effect() };
        call.effect = null;
        return made.value;
      };
      const call: OpenCall = { effect: take };
      if (this.#isCut) return;
      this.#open.add(call);
      const after = (delayMs: number, then: () => void): void => {
        time.set(delayMs, () => {
          if (!this.#isCut && this.#open.has(call)) then();
        });
      };
      const fail = (error: Error): void => {
        this.#open.delete(call);
        reject(error);
      };
      const fate = chance.next();
      const bounds = boundsOf(mood);
      const end = (): void => {
        if (fate < bounds.refusing) return fail(new ProviderRefused('A simulated refusal.'));
        if (fate < bounds.exhausted) return fail(new ProviderExhausted('Simulated: no capacity.'));
        if (fate < bounds.failing) return fail(new Error('A simulated failure.'));
        const value = take();
        if (fate < bounds.losing) return fail(new Error('Simulated: the answer got lost.'));
        this.#open.delete(call);
        try {
          resolve(answer(value));
        } catch (error) {
          reject(error as Error);
        }
      };
      const isHanging = chance.is(mood.hanging);
      const isDeaf = chance.is(mood.deaf);
      if (isHanging && chance.is(0.5)) after(chance.int(0, 30_000), () => void take());
      if (!isHanging) after(chance.int(0, mood.latencyMs), end);
      const onAbort = (): void => {
        if (!this.#open.has(call)) return;
        if (call.effect !== null && chance.is(0.5)) take();
        call.effect = null;
        if (isDeaf) this.#open.delete(call);
        else after(chance.int(0, 1_000), () => fail(new Error('Simulated: told to end.')));
      };
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}

function boundsOf(mood: Mood): { refusing: number; exhausted: number; failing: number; losing: number } {
  const refusing = mood.refusing;
  const exhausted = refusing + mood.exhausted;
  const failing = exhausted + mood.failing;
  return { refusing, exhausted, failing, losing: failing + mood.losing };
}
