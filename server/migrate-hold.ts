import { StoreFailure } from './store/contract.ts';
import type { ReplicaCard, SharedStore } from './store/shared-contract.ts';
import type { Timers } from './timers.ts';

/** How long nobody else may begin after the last renewal, and how often it is renewed. Milliseconds. */
const HOLD_MS = 10_000;
const RENEW_MS = 2_000;
/** A replica that told of itself within so many milliseconds is one that runs. */
const SILENT_MS_MIN = 10_000;

/** Keeps all replicas of a database from deciding, as a keeper does, for as long as it is held. */
export class TermHold implements AsyncDisposable {
  readonly term: number;
  readonly #store: SharedStore;
  readonly #timers: Timers;
  #cancel: () => void = () => {};
  #renewing: Promise<void> = Promise.resolve();
  #failure: unknown;

  private constructor(store: SharedStore, timers: Timers, term: number) {
    this.#store = store;
    this.#timers = timers;
    this.term = term;
    this.#schedule();
  }

  /** Errors: `StoreFailure` where a replica runs, or a halt stands. */
  static async take(
    store: SharedStore,
    { replica, timers }: { readonly replica: ReplicaCard; readonly timers: Timers },
  ): Promise<TermHold> {
    const others = (await store.listReplicas()).filter(({ seenMsAgo }) => seenMsAgo < SILENT_MS_MIN);
    if (others.length > 0) throw inUse(others.map(({ name }) => name).join(', '));
    const { keeper, term, halt } = await store.acquire({ replica, forMs: HOLD_MS });
    if (halt !== null) {
      throw new StoreFailure(
        'The database went back, and a halt stands. Look at "poolkeeper cluster status", and say how to go on with "poolkeeper cluster resume".',
      );
    }
    if (keeper?.id !== replica.id) throw inUse(keeper?.name ?? 'another process');
    return new TermHold(store, timers, term);
  }

  /** Errors: `StoreFailure` where somebody else may have written since it was taken. */
  async requireHeld(): Promise<void> {
    await this.#renewing;
    if (this.#failure === undefined) await this.#renew();
    if (this.#failure === undefined) return;
    throw new StoreFailure(
      'The database was taken over by another process meanwhile. Stop every server and begin again.',
      {
        cause: this.#failure,
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancel();
    await this.#renewing;
    // Who cannot say so lets its time run out.
    await this.#store.resign(this.term).catch(() => {});
  }

  #schedule(): void {
    this.#cancel = this.#timers.set(RENEW_MS, () => {
      this.#renewing = this.#renew();
      void this.#renewing.then(() => this.#failure === undefined && this.#schedule());
    });
  }

  async #renew(): Promise<void> {
    try {
      await this.#store.renew({ term: this.term, forMs: HOLD_MS });
    } catch (error) {
      this.#failure = error;
    }
  }
}

function inUse(who: string): StoreFailure {
  return new StoreFailure(
    `The database is in use by ${who}. Stop every server on it, and try again ${HOLD_MS / 1_000} s later.`,
  );
}
