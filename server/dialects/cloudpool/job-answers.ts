import type { AskMember, JsonObject, MemberAsked } from '@poolkeeper/core';
import type { Keeper } from '../../keeper/contract.ts';
import type { Timers } from '../../timers.ts';

type Parts = { readonly keeper: Pick<Keeper, 'ask' | 'subscribe'>; readonly timers: Timers };
/** What an event `job.answered` says. */
export type JobAnswer = {
  readonly result: 'done' | 'failed';
  readonly reason: 'transient' | 'exhausted' | 'refused' | 'missing' | null;
  readonly error: string | null;
};

const DONE: JobAnswer = { result: 'done', reason: null, error: null };

/** Waits for what was asked of machines: one subscription for all that wait. Disposing lets go of them. */
export class JobAnswers implements Disposable {
  readonly #parts: Parts;
  readonly #waiting = new Map<string, (answer: JobAnswer | undefined) => void>();
  readonly #unsubscribe: () => void;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#unsubscribe = parts.keeper.subscribe((events) => {
      if (this.#waiting.size === 0) return;
      for (const { type, data } of events) if (type === 'job.answered') this.#take(data);
    });
  }

  /**
   * Asks, and waits for the answer of the outside. Undefined when that takes longer, or when the server stops.
   *
   * Errors: those of the command.
   */
  async ask(command: AskMember, waitMs: number): Promise<JobAnswer | undefined> {
    const { promise, resolve } = Promise.withResolvers<JobAnswer | undefined>();
    const { job } = await this.#parts.keeper.ask(command, (asked: MemberAsked) => {
      // Before the decision is durable, so before any answer can come.
      if (asked.job !== null) this.#waiting.set(asked.job, resolve);
      return asked;
    });
    if (job === null) return DONE;
    const cancel = this.#parts.timers.set(waitMs, () => resolve(undefined));
    try {
      return await promise;
    } finally {
      cancel();
      this.#waiting.delete(job);
    }
  }

  #take(data: JsonObject): void {
    const { job } = data;
    if (typeof job === 'string') this.#waiting.get(job)?.(data as unknown as JobAnswer);
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
    for (const resolve of this.#waiting.values()) resolve(undefined);
  }
}
