import type { Logger } from '../logger.ts';
import type { Store } from '../store/contract.ts';
import type { CancelTimer, Clock, Timers } from '../timers.ts';

/** Events that are kept; older ones are forgotten. */
export const EVENTS_KEPT_MAX = 2_000_000;
/** How long leases that are over are kept, in milliseconds. */
export const ENDED_LEASES_KEPT_MS = 90 * 86_400_000;
const SWEEP_INTERVAL_MS = 60_000;
/** Rows that one call removes, and calls of one sweep: commits come between two calls. */
const STEP_ROWS = 500;
const STEPS_MAX = 40;

/** Forgets the oldest history, a little at a time, so that the store does not grow for ever. */
export class HistoryPruner implements AsyncDisposable {
  readonly #parts: { store: Store; clock: Clock; timers: Timers; logger: Logger; lastEvent: () => number };
  #cancel: CancelTimer = () => {};
  #sweep: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(parts: {
    store: Store;
    clock: Clock;
    timers: Timers;
    logger: Logger;
    lastEvent: () => number;
  }) {
    this.#parts = parts;
    this.#arm();
  }

  /** One sweep: at most `STEPS_MAX` steps. Answers how many rows it removed. */
  async sweep(): Promise<number> {
    const { store, clock, lastEvent } = this.#parts;
    const bounds = {
      eventsBelow: lastEvent() - EVENTS_KEPT_MAX + 1,
      endedBefore: clock.now() - ENDED_LEASES_KEPT_MS,
      limit: STEP_ROWS,
    };
    let removed = 0;
    for (let step = 0; step < STEPS_MAX && !this.#isStopped; step += 1) {
      const count = await store.prune(bounds);
      removed += count;
      if (count < STEP_ROWS) break;
    }
    return removed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#sweep;
  }

  #arm(): void {
    if (this.#isStopped) return;
    this.#cancel = this.#parts.timers.set(SWEEP_INTERVAL_MS, () => {
      this.#sweep = this.sweep()
        .then(
          () => {},
          (error: unknown) => this.#parts.logger.warn({ err: error }, 'old history could not be forgotten'),
        )
        .then(() => this.#arm());
    });
  }
}
