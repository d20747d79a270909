import { invariant } from '@poolkeeper/core';
import type { WorldEvent } from '@poolkeeper/core';
import type { Store } from '../store/contract.ts';

/** Events of one page when the feed reads what it missed. */
const MISSED_EVENTS_PAGE = 1_000;

export type EventListener = (events: readonly WorldEvent[]) => void;

/** Tells listeners of events once they are durable, in order. A listener that throws is its own loss. */
export class EventFeed {
  readonly #listeners = new Set<EventListener>();
  /** The number of the last event that listeners were told of. */
  #published = 0;

  /** Begins after an event: those up to it are history. */
  startAfter(seq: number): void {
    this.#published = seq;
  }

  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  publish(events: readonly WorldEvent[]): void {
    this.#published = events.at(-1)?.seq ?? this.#published;
    if (events.length === 0) return;
    for (const listener of this.#listeners) {
      try {
        listener(events);
      } catch {
        this.#listeners.delete(listener);
      }
    }
  }

  /** A commit that failed may have been written all the same: who listens has to hear of that too. */
  async publishMissed(store: Pick<Store, 'listEvents'>, last: number): Promise<void> {
    while (this.#published < last) {
      const events = await store.listEvents({ after: this.#published, limit: MISSED_EVENTS_PAGE });
      invariant(events.length > 0, `the store has no events after ${this.#published} and counts ${last}`);
      this.publish(events);
    }
  }
}
