import type { WorldEvent } from '@poolkeeper/core';
import type { ServerResponse } from 'node:http';
import type { Keeper } from '../keeper/contract.ts';
import type { Timers } from '../timers.ts';
import type { EventFilter } from './event-filter.ts';
import { SseWriter } from './sse-writer.ts';
import { viewEvent } from './views/event.ts';

/** Live events that wait for a client; past this they are forgotten here and read from the store again. */
const PENDING_EVENTS_MAX = 2_000;
/** Events that are read from the store at once. */
const CATCH_UP_PAGE = 500;

export type EventStreamInput = {
  readonly keeper: Pick<Keeper, 'subscribe' | 'listEvents' | 'findToken'>;
  readonly timers: Timers;
  readonly response: ServerResponse;
  readonly filter: EventFilter;
  /** The number of the last event that the client has. */
  readonly after: number;
  /** Who listens; a revoked token is cut off. */
  readonly token: { readonly id: string; readonly hash: string };
};

/**
 * One client that listens to events, as server-sent events.
 *
 * It subscribes first and then reads what is stored, so nothing falls between the two, and it skips what it has sent, so
 * nothing comes twice. A client that is slower than the world costs a bounded list: what does not fit is read again later.
 * It tells its place from the beginning and while nothing fits, so a client that has no event yet comes again without a gap.
 */
export class EventStream {
  readonly #input: EventStreamInput;
  readonly #writer: SseWriter;
  #cursor: number;
  #pending: WorldEvent[] = [];
  /** Is there more in the store than in the list? */
  #isBehind = true;
  #wake: () => void = () => {};

  constructor(input: EventStreamInput) {
    this.#input = input;
    this.#writer = new SseWriter(input);
    this.#cursor = input.after;
  }

  /** Serves the client until it goes, is cut, or `close` is called. Never rejects. */
  async run(): Promise<void> {
    const unsubscribe = this.#input.keeper.subscribe((events) => this.#take(events));
    const { signal } = this.#writer;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    try {
      this.#writer.open(() => this.#cursor);
      while (!signal.aborted) {
        if (this.#isBehind) await this.#catchUp();
        else if (this.#pending.length > 0) await this.#send(this.#pending.splice(0));
        else await this.#somethingNew();
      }
    } catch {
      // The store cannot be read now, or the client cannot be written to: it comes again with what it has.
    } finally {
      unsubscribe();
      this.#writer.end();
    }
  }

  /** Ends the stream. The client keeps its place and may come again. */
  close(): void {
    this.#writer.close();
  }

  /** Ends the stream because this server ends. */
  leave(): void {
    this.#writer.leave();
  }

  #take(events: readonly WorldEvent[]): void {
    for (const event of events) {
      if (event.type === 'token.revoked' && event.data['id'] === this.#input.token.id) return this.close();
    }
    if (this.#pending.length + events.length > PENDING_EVENTS_MAX) {
      this.#pending = [];
      this.#isBehind = true;
    } else {
      for (const event of events) this.#pending.push(event);
    }
    this.#wake();
  }

  async #catchUp(): Promise<void> {
    // Set before the first read: a list that overflows meanwhile sends us here again.
    this.#isBehind = false;
    while (!this.#writer.signal.aborted) {
      const page = await this.#input.keeper.listEvents({
        ...this.#input.filter.query,
        after: this.#cursor,
        limit: CATCH_UP_PAGE,
      });
      await this.#send(page);
      if (page.length < CATCH_UP_PAGE) return;
    }
  }

  async #send(events: readonly WorldEvent[]): Promise<void> {
    let text = '';
    for (const event of events) {
      if (event.seq <= this.#cursor) continue;
      this.#cursor = event.seq;
      if (this.#input.filter.fits(event)) text += messageOf(event);
    }
    await this.#writer.write(text);
  }

  #somethingNew(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

function messageOf(event: WorldEvent): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(viewEvent(event))}\n\n`;
}
