import { Refusal } from '@poolkeeper/core';
import type { ReplicaCard } from '../store/shared-contract.ts';
import { sleep } from '../timers.ts';
import type { Timers } from '../timers.ts';
import type { ClusterView } from './contract.ts';

/** How long a request waits for somebody who takes it, in milliseconds. */
export const HOLD_MS_MAX = 10_000;
/** Requests that may wait for somebody at once. */
export const HELD_MAX = 5_000;
/** How often a keeper that did not take a request is asked whether it does now, in milliseconds. */
export const ASK_MS = 25;

/** Whom requests go to. */
export type Serving = { readonly card: ReplicaCard; readonly term: number; readonly isSelf: boolean };

export type KeeperWatchInput = {
  readonly view: ClusterView;
  /** Would the replica take requests now? Never rejects, and answers in bounded time. */
  readonly ask: (card: ReplicaCard) => Promise<boolean>;
  readonly timers: Timers;
  readonly onHeld?: (held: number) => void;
  readonly holdMs?: number;
  readonly heldMax?: number;
};

/**
 * Knows whom requests go to, and holds them while there is nobody.
 *
 * A keeper that did not take a request is asked by one question at a time whether it does now, however many requests wait for it: a
 * thousand that tried by themselves would keep it from beginning.
 */
export class KeeperWatch implements Disposable {
  readonly #input: KeeperWatchInput;
  readonly #held = new Set<() => void>();
  readonly #unwatch: () => void;
  /** The keeper, under its term, that did not take the last request. */
  #missed: string | null = null;
  #isAsking = false;
  #isClosed = false;

  constructor(input: KeeperWatchInput) {
    this.#input = input;
    this.#unwatch = input.view.onChange(() => this.#look());
  }

  get held(): number {
    return this.#held.size;
  }

  /** Who takes requests, as far as is known. */
  find(): Serving | undefined {
    const serving = this.#keeper();
    return serving === undefined || keyOf(serving) === this.#missed ? undefined : serving;
  }

  /** A request did not get there: the others wait until it answers, or another keeps. */
  miss(serving: Serving): void {
    this.#missed = keyOf(serving);
  }

  /**
   * Resolves as soon as somebody takes requests. `sinceMs`: how long nobody did already.
   *
   * Errors: `no_keeper`, `keeper_unreachable` when nobody does in time, or too many wait; the signal's reason.
   */
  async hold(signal: AbortSignal, sinceMs = 0): Promise<Serving> {
    const { heldMax = HELD_MAX, holdMs = HOLD_MS_MAX, timers, onHeld } = this.#input;
    this.#refuseWhileHalted();
    if (this.#held.size >= heldMax) throw this.#refusal(`${heldMax} requests wait for one already`);
    const late = new AbortController();
    const cancel = timers.set(holdMs - sinceMs, () => late.abort());
    try {
      for (;;) {
        signal.throwIfAborted();
        const serving = this.find();
        if (serving !== undefined) return serving;
        this.#refuseWhileHalted();
        if (late.signal.aborted) throw this.#refusal(`none was there within ${holdMs / 1_000} s`);
        await this.#wait(AbortSignal.any([signal, late.signal]));
      }
    } finally {
      cancel();
      onHeld?.(this.#held.size);
    }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#unwatch();
    this.#wakeAll();
  }

  /** A replica that keeps, or is about to, or hands over, says so in its own role. */
  #keeper(): Serving | undefined {
    const { view } = this.#input;
    const keeper = view.keeper();
    return keeper?.isSelf === true && view.role() !== 'keeping' ? undefined : keeper;
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted || this.#isClosed) return resolve();
      const wake = (): void => {
        this.#held.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#held.add(wake);
      this.#input.onHeld?.(this.#held.size);
      signal.addEventListener('abort', wake, { once: true });
      void this.#askWhileHeld();
    });
  }

  #look(): void {
    if (this.find() !== undefined || this.#input.view.role() === 'halted') this.#wakeAll();
    else void this.#askWhileHeld();
  }

  #wakeAll(): void {
    for (const wake of this.#held) wake();
  }

  async #askWhileHeld(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      while (this.#held.size > 0 && !this.#isClosed) {
        const serving = this.#keeper();
        if (serving === undefined) return;
        if (keyOf(serving) !== this.#missed || (await this.#input.ask(serving.card))) {
          this.#missed = this.#missed === keyOf(serving) ? null : this.#missed;
          return this.#wakeAll();
        }
        await sleep(this.#input.timers, ASK_MS);
      }
    } finally {
      this.#isAsking = false;
    }
  }

  #refuseWhileHalted(): void {
    const halt = this.#input.view.halt();
    if (halt === null) return;
    throw new Refusal(
      'world_halted',
      'The database knows less than was acknowledged before, so no replica decides. An admin looks at GET /v1/cluster, and goes on ' +
        'with POST /v1/cluster/resume.',
    );
  }

  #refusal(why: string): Refusal {
    const keeper = this.#input.view.keeper();
    if (keeper === undefined || keeper.isSelf)
      return new Refusal('no_keeper', `No replica keeps the world now: ${why}. Repeat the request soon.`);
    return new Refusal(
      'keeper_unreachable',
      `Replica ${keeper.card.name} keeps the world, and takes no requests from here at ${keeper.card.address}: ${why}. Repeat the ` +
        'request soon. Operators: its log and that of this replica say why.',
    );
  }
}

function keyOf({ card, term }: Serving): string {
  return `${term} ${card.id}`;
}
