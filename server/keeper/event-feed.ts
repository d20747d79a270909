import type { WorldEvent } from '@poolkeeper/core';

export type EventListener = (events: readonly WorldEvent[]) => void;

/** Tells listeners of events once they are durable, in order. A listener that throws is its own loss. */
export class EventFeed {
  readonly #listeners = new Set<EventListener>();

  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  publish(events: readonly WorldEvent[]): void {
    if (events.length === 0) return;
    for (const listener of this.#listeners) {
      try {
        listener(events);
      } catch {
        this.#listeners.delete(listener);
      }
    }
  }
}
