import type { ServerResponse } from 'node:http';
import type { StagedMembers, TakenByStage, WorldEvent } from '@poolkeeper/core';
import type { Keeper } from '../../keeper/contract.ts';
import type { CancelTimer, Timers } from '../../timers.ts';

/** Requests that may wait at once; further ones are answered at once, as if they had not asked to wait. */
const WAITING_MAX = 20_000;
/** How long one request may wait, in milliseconds. */
const WAIT_MS_MAX = 5 * 60_000;
/** How often one that waits is asked for again though nothing came free, in milliseconds. */
const ASK_AGAIN_MS = 10_000;

type Keepers = Pick<Keeper, 'read' | 'subscribe' | 'now'>;
/** What a request waits for. `waitMs`: as long as it wishes; `ttlMs`: as long as its place is kept. */
export type Wait = {
  readonly pool: string;
  readonly stage: string;
  readonly request: string | null;
  readonly waitMs: number;
  readonly ttlMs: number;
};
type Waiting = { readonly request: string | null; wake: () => void };

/**
 * Requests that wait for a member at a stage.
 *
 * Shape: whoever waits is asked for again and again, as its client would by polling: when something came to the stage and it may be its
 * turn, and now and then, so that its place stays its own. Once the client has gone nobody asks, and the place goes as it does
 * for a client that stopped polling.
 */
export class WaitingLines implements Disposable {
  readonly #keeper: Keepers;
  readonly #timers: Timers;
  /** By pool, then by stage. */
  readonly #lines = new Map<string, Map<string, Set<Waiting>>>();
  readonly #unsubscribe: () => void;
  /** By pool: when it is looked at again, because whose turn it is may not ask any more. */
  readonly #looks = new Map<string, CancelTimer>();
  #size = 0;
  #isClosed = false;
  readonly #max: number;

  constructor(keeper: Keepers, timers: Timers, max = WAITING_MAX) {
    this.#keeper = keeper;
    this.#timers = timers;
    this.#max = max;
    this.#unsubscribe = keeper.subscribe((events) => this.#notice(events));
  }

  /**
   * Asks until something was taken, the time is up, the client has gone, or the server stops; answers what was said last.
   *
   * Errors: those of `ask`.
   */
  async ask(wait: Wait, response: ServerResponse, ask: () => Promise<TakenByStage>): Promise<TakenByStage> {
    if (this.#size >= this.#max) return ask();
    const until = this.#keeper.now() + Math.min(wait.waitMs, WAIT_MS_MAX);
    const waiting: Waiting = { request: wait.request, wake: () => {} };
    const leave = (): void => waiting.wake();
    using stack = new DisposableStack();
    stack.defer(this.#enter(wait, waiting));
    response.once('close', leave);
    stack.defer(() => response.removeListener('close', leave));
    for (;;) {
      // Before it asks: what comes free meanwhile wakes it at once.
      const { promise: isWoken, resolve: wake } = Promise.withResolvers<void>();
      waiting.wake = wake;
      const said = await ask();
      const leftMs = until - this.#keeper.now();
      const isOver = leftMs <= 0 || this.#isClosed || isGone(response);
      if (said.result === 'taken' || isOver) return said;
      const cancel = this.#timers.set(Math.min(leftMs, ASK_AGAIN_MS, wait.ttlMs / 2), wake);
      await isWoken;
      cancel();
      if (isGone(response)) return said;
    }
  }

  /** Has everybody be answered with what is; who comes later does not wait. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#unsubscribe();
    for (const cancel of this.#looks.values()) cancel();
    this.#looks.clear();
    for (const line of this.#all()) for (const { wake } of line) wake();
  }

  #enter({ pool, stage }: Wait, waiting: Waiting): () => void {
    const stages = this.#lines.get(pool) ?? new Map<string, Set<Waiting>>();
    const line = stages.get(stage) ?? new Set<Waiting>();
    this.#lines.set(pool, stages.set(stage, line.add(waiting)));
    this.#size += 1;
    return () => {
      this.#size -= 1;
      line.delete(waiting);
      if (line.size === 0) stages.delete(stage);
      if (stages.size === 0) this.#lines.delete(pool);
    };
  }

  *#all(): Generator<Set<Waiting>> {
    for (const stages of this.#lines.values()) yield* stages.values();
  }

  /** Something happened to members of pools that somebody waits for. */
  #notice(events: readonly WorldEvent[]): void {
    if (this.#size === 0) return;
    const pools = new Set<string>();
    for (const { pool, type } of events)
      if (pool !== null && type.startsWith('resource.') && this.#lines.has(pool)) pools.add(pool);
    for (const pool of pools) void this.#wakeIn(pool);
  }

  /** Wakes as many as there are members, those whose turn it is first: the others would ask in vain. */
  async #wakeIn(pool: string): Promise<void> {
    const stages = this.#lines.get(pool);
    if (stages === undefined) return;
    const now = this.#keeper.now();
    try {
      const turns = await this.#keeper.read(({ pools }) => {
        const staged = pools.get(pool)?.staged ?? null;
        return [...stages.keys()].map((stage): [string, Turn] => [stage, turnAt(staged, stage, now)]);
      });
      let againAt = Infinity;
      for (const [stage, { askBy, isOfAll }] of turns) {
        for (const by of askBy.values()) againAt = Math.min(againAt, by);
        for (const { request, wake } of stages.get(stage) ?? [])
          if (isOfAll || (request !== null && askBy.has(request))) wake();
      }
      if (againAt < Infinity) this.#lookAgain(pool, againAt + 1 - now);
    } catch {
      // The world is being loaded: everybody is asked for again soon.
    }
  }

  /** When one whose turn it was did not ask in time, it is the turn of the next. */
  #lookAgain(pool: string, delayMs: number): void {
    if (this.#isClosed || this.#looks.has(pool)) return;
    const look = (): void => {
      this.#looks.delete(pool);
      void this.#wakeIn(pool);
    };
    this.#looks.set(pool, this.#timers.set(delayMs, look));
  }
}

/** Whose turn it is, with when each of them has to ask; or, where there is more than they can take, everybody's. */
type Turn = { readonly askBy: ReadonlyMap<string, number>; readonly isOfAll: boolean };

function turnAt(staged: StagedMembers | null, stage: string, now: number): Turn {
  const count = staged?.acquirable(stage)?.size ?? 0;
  const askBy = new Map<string, number>();
  for (const waiter of (count === 0 ? undefined : staged?.line(stage)) ?? []) {
    if (askBy.size === count) break;
    if (waiter.askBy >= now) askBy.set(waiter.request, waiter.askBy);
  }
  return { askBy, isOfAll: askBy.size < count };
}

function isGone(response: ServerResponse): boolean {
  return response.destroyed || response.closed || response.socket?.destroyed === true;
}
