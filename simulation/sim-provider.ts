import type { Observation } from '@poolkeeper/core';
import { ProviderGone } from '../server/providers/contract.ts';
import type { Accounts, CreateRequest, DestroyRequest, Provider } from '../server/providers/contract.ts';
import type { Clock, Timers } from '../server/timers.ts';
import type { Chance } from './chance.ts';
import type { Bank } from './accounts/bank.ts';
import { createBankCalls, createSimAccounts, proving } from './accounts/sim-accounts.ts';
import type { BankCalls } from './accounts/sim-accounts.ts';
import { observationOf } from './outside.ts';
import type { Outside } from './outside.ts';
import { SimCall } from './sim-call.ts';
import type { Mood } from './sim-call.ts';

export type SimProviderInput = {
  readonly name: string;
  readonly makes: boolean;
  readonly outside: Outside;
  readonly time: Clock & Timers;
  readonly chance: Chance;
  readonly mood: () => Mood;
  /** Where its accounts are; left out: it has none. `wrap`: puts something between it and the bank. */
  readonly bank?: { readonly at: Bank; readonly wrap: (real: BankCalls) => BankCalls };
};

/** A provider whose calls go as the mood of its place has it. What it makes lives in an `Outside`. */
export class SimProvider implements Provider {
  readonly name: string;
  readonly driver = 'simulated';
  readonly makes: boolean;
  readonly accounts?: Accounts;
  readonly #input: SimProviderInput;
  readonly #calls = new Set<{ cut(): void }>();
  #listener: (() => void) | undefined;
  #isCut = false;

  constructor(input: SimProviderInput) {
    this.name = input.name;
    this.makes = input.makes;
    this.#input = input;
    if (input.bank !== undefined) this.accounts = this.#lookAfter(input.bank);
  }

  #lookAfter({ at, wrap }: NonNullable<SimProviderInput['bank']>): Accounts {
    const { chance, mood } = this.#input;
    const call = <T>(effect: () => T, signal: AbortSignal): Promise<T> =>
      this.#call({ signal, mood: { ...mood(), exhausted: 0, refusing: 0 }, effect, answer: (made) => made });
    const calls = createBankCalls(at, call, () => chance.is(at.overlooking));
    return proving(createSimAccounts(wrap(calls)), at);
  }

  create({ resource }: CreateRequest, signal: AbortSignal): Promise<Observation> {
    const { outside, time, chance, mood } = this.#input;
    const upAt = time.now() + chance.int(0, mood().bootMs);
    return this.#call({
      signal,
      mood: mood(),
      effect: () => outside.create(resource.id, upAt),
      answer: (thing) => observationOf(thing, time.now()),
    });
  }

  destroy({ resource }: DestroyRequest, signal: AbortSignal): Promise<'gone' | 'going'> {
    const { outside, time, chance, mood } = this.#input;
    return this.#call({
      signal,
      mood: { ...mood(), exhausted: 0 },
      effect: (): 'gone' | 'going' => {
        outside.destroy(resource.id, time.now() + chance.int(0, mood().goingMs));
        outside.pass(time.now());
        return outside.things.has(resource.id) ? 'going' : 'gone';
      },
      answer: (end) => {
        if (end === 'gone' && chance.is(0.2)) throw new ProviderGone('It is not there.');
        return end;
      },
    });
  }

  /** What is listed was so at some time between the call and its answer. */
  observe(signal: AbortSignal): Promise<readonly Observation[]> {
    const { outside, time, chance, mood } = this.#input;
    const early = chance.is(0.5) ? outside.observe(time.now()) : undefined;
    return this.#call({
      signal,
      mood: { ...mood(), exhausted: 0 },
      effect: () => early ?? outside.observe(time.now()),
      answer: (seen) => seen,
    });
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

  /** The process that called is dead: nothing of it reaches the place any more, and nothing comes back. */
  cut(): void {
    this.#isCut = true;
    for (const call of this.#calls) call.cut();
    this.#calls.clear();
  }

  async #call<E, T>(input: {
    signal: AbortSignal;
    mood: Mood;
    effect: () => E;
    answer: (made: E) => T;
  }): Promise<T> {
    if (this.#isCut) return new Promise(() => {});
    const call = new SimCall({ ...this.#input, ...input });
    this.#calls.add(call);
    try {
      return await call.run();
    } finally {
      this.#calls.delete(call);
    }
  }
}
