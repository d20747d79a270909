import { Refusal } from '@poolkeeper/core';

/** Clients that may listen at once. */
export const EVENT_STREAMS_MAX = 500;

/** One client that listens. `leave` ends it, or lets another replica go on with it; `run` resolves then. */
type Stream = { run(): Promise<void>; leave(): void };

/** The clients that listen now: to events, or to the output of a run. */
export class EventStreams {
  readonly #open = new Set<Stream>();

  get size(): number {
    return this.#open.size;
  }

  /** Errors: `too_many_requests` when another listener would be too many. */
  requireRoom(): void {
    if (this.#open.size < EVENT_STREAMS_MAX) return;
    throw new Refusal(
      'too_many_requests',
      `${EVENT_STREAMS_MAX} clients listen already. Read pages, or come later.`,
    );
  }

  /** Serves a client until it or the server goes. */
  async serve(stream: Stream): Promise<void> {
    this.#open.add(stream);
    try {
      await stream.run();
    } finally {
      this.#open.delete(stream);
    }
  }

  close(): void {
    for (const stream of this.#open) stream.leave();
  }
}
