import { createParser } from 'eventsource-parser';
import { startDeadline } from '../deadline.ts';
import type { System } from '../system.ts';

/** The server says something every 15 s: a line that is silent for three times as long is dead. Milliseconds. */
const IDLE_MS_MAX = 45_000;
/** Characters of one message; the largest event of a server is far below. */
const MESSAGE_CHARACTERS_MAX = 4 * 1_024 * 1_024;

/** What a stream says. */
export type Message<T> =
  | { readonly kind: 'event'; readonly event: T }
  /** There is no more, and will be none. */
  | { readonly kind: 'end' }
  /** The stream is at this event, none of which after the last one fits the query. */
  | { readonly kind: 'place'; readonly seq: number }
  /** How long to wait before the connection is made again, in milliseconds. */
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'alive' };

/**
 * The messages of a stream. It is read as fast as they are taken; a stream that says nothing for too long is hung up.
 *
 * Errors: those of the connection; `SyntaxError` and `ParseError` for what is no event stream of ours.
 */
export async function* readStream<T>(
  system: Pick<System, 'sleep'>,
  body: ReadableStream<Uint8Array>,
  connection: AbortController,
): AsyncGenerator<Message<T>, void, undefined> {
  const messages: Message<T>[] = [];
  const parser = createParser({
    maxBufferSize: MESSAGE_CHARACTERS_MAX,
    onEvent: ({ event, data }) => {
      if (event === 'end') return void messages.push({ kind: 'end' });
      // The id of an event is told first, and is its place once it has been taken.
      if (messages.at(-1)?.kind === 'place') messages.pop();
      messages.push({ kind: 'event', event: JSON.parse(data) as T });
    },
    onId: (id) => {
      if (/^\d{1,15}$/.test(id)) messages.push({ kind: 'place', seq: Number(id) });
    },
    onRetry: (delayMs) => messages.push({ kind: 'retry', delayMs }),
    onComment: () => messages.push({ kind: 'alive' }),
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  // A `fetch` that was handed in may forget the signal once it has answered.
  connection.signal.addEventListener('abort', () => void reader.cancel().catch(() => {}), { once: true });
  for (;;) {
    const { done, value } = await readChunk(system, reader, connection);
    connection.signal.throwIfAborted();
    if (done) return;
    parser.feed(decoder.decode(value, { stream: true }));
    yield* messages.splice(0);
  }
}

async function readChunk(
  system: Pick<System, 'sleep'>,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  connection: AbortController,
): Promise<Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>> {
  // Only while we wait for the server: how long the taker takes is none of its business.
  using idle = startDeadline(system, IDLE_MS_MAX);
  idle.signal.addEventListener('abort', () => connection.abort(idle.signal.reason), { once: true });
  return await reader.read();
}
