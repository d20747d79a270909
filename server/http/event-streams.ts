import { Refusal } from '@poolkeeper/core';
import { EventStream } from './event-stream.ts';
import type { EventStreamInput } from './event-stream.ts';

/** Clients that may listen at once. */
export const EVENT_STREAMS_MAX = 500;

/** The clients that listen to events now. */
export class EventStreams {
  readonly #open = new Set<EventStream>();

  get size(): number {
    return this.#open.size;
  }

  /** Errors: `too_many_requests` when another listener would be too many. */
  requireRoom(): void {
    if (this.#open.size < EVENT_STREAMS_MAX) return;
    throw new Refusal(
      'too_many_requests',
      `${EVENT_STREAMS_MAX} clients listen already. Read pages of events, or come later.`,
    );
  }

  /** Serves a client until it or the server goes. */
  async serve(input: EventStreamInput): Promise<void> {
    const stream = new EventStream(input);
    this.#open.add(stream);
    try {
      await stream.run();
    } finally {
      this.#open.delete(stream);
    }
  }

  close(): void {
    for (const stream of this.#open) stream.close();
  }
}
