import type { WorldEvent } from '@poolkeeper/core';
import type { Keeper } from '../keeper/contract.ts';

/** Events that are kept in memory, so that a receiver that keeps up costs the store no read. */
export const RECENT_EVENTS_MAX = 2_000;

/** The event history from any place on: its end from memory, what is older from the store. */
export class RecentEvents {
  readonly #keeper: Pick<Keeper, 'listEvents'>;
  /** Numbered without gaps, like all events. */
  #recent: WorldEvent[] = [];

  constructor(keeper: Pick<Keeper, 'listEvents'>) {
    this.#keeper = keeper;
  }

  /** Takes events as they become durable. */
  push(events: readonly WorldEvent[]): void {
    const [first] = events;
    if (first === undefined) return;
    const last = this.#recent.at(-1);
    if (last !== undefined && first.seq !== last.seq + 1) this.#recent = [];
    this.#recent.push(...events);
    // Now and then, since each time moves all of them.
    if (this.#recent.length > 2 * RECENT_EVENTS_MAX) this.#recent = this.#recent.slice(-RECENT_EVENTS_MAX);
  }

  /** Are the events after this one in memory? */
  has(seq: number): boolean {
    const [first] = this.#recent;
    return first !== undefined && seq + 1 >= first.seq;
  }

  /** Events with numbers above `seq`, ascending, at most `limit`. */
  async after(seq: number, limit: number): Promise<readonly WorldEvent[]> {
    const [first] = this.#recent;
    if (first === undefined || seq + 1 < first.seq) return this.#keeper.listEvents({ after: seq, limit });
    const start = seq + 1 - first.seq;
    return this.#recent.slice(start, start + limit);
  }
}
