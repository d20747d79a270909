import { parseDuration } from '@poolkeeper/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CLIENT_HEADER, endToEnd, keepHeaders, LISTENER_HEADER, SCHEME_HEADER } from './cluster-headers.ts';
import { EventRelay } from './event-relay.ts';
import { requesterOf } from './requester.ts';

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD']);
const LAST_EVENT_ID = 'last-event-id';
/** Methods whose requests say how long their body is, also when there is none. */
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/**
 * What became of a request that was sent once:
 * - `done`: its answer is out. `gone`: the client is.
 * - `notTaken`: it surely was not carried out.
 * - `broken`: it may have been; the client has nothing of an answer yet.
 * - `ended`: it goes on elsewhere or otherwise: an event stream that broke behind a whole message, a wait that is cut short.
 */
export type Sent = 'done' | 'gone' | 'notTaken' | 'broken' | 'ended';

/** A body with a `wait` that is longer than this is not read for it. */
const WAITING_BODY_BYTES_MAX = 65_536;

/** The route that remembers an `Idempotency-Key`. To others the header says nothing: sent twice, they do it twice. */
const KEYED_PATH = '/v1/leases';

/** May the request be sent again when it may have been carried out already? */
export function mayRepeat({
  method = '',
  url = '',
  headers,
}: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): boolean {
  if (SAFE.has(method)) return true;
  return method === 'POST' && url.split('?', 1)[0] === KEYED_PATH && headers['idempotency-key'] !== undefined;
}

/** One request of a client that is forwarded, and how much of its answer is out. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly mayRepeat: boolean;
  readonly events = new EventRelay();
  /** Is the head of an event stream out, so that only more of the stream may follow? */
  isStreaming = false;
  readonly #listener: string;
  readonly #body: Buffer;
  readonly #headers: readonly string[];
  #lastEventId: string | undefined;

  constructor(input: {
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
    readonly listener: string;
    readonly body: Buffer;
    /** How far an event stream is whose head is out already. */
    readonly lastEventId?: number | undefined;
  }) {
    this.request = input.request;
    this.response = input.response;
    this.mayRepeat = mayRepeat(input.request);
    this.#listener = input.listener;
    this.#body = input.body;
    const dropped: ReadonlySet<string> = new Set(['expect', 'content-length']);
    this.#headers = keepHeaders(endToEnd(input.request), (name) => !dropped.has(name.toLowerCase()));
    if (input.lastEventId === undefined) return;
    this.isStreaming = true;
    this.#lastEventId = String(input.lastEventId);
  }

  /** Is it a wait that may be asked for again with less of it? */
  get canWaitLess(): boolean {
    const { path, body } = this.messageAfter(Infinity);
    return this.mayRepeat && (path !== this.request.url || body !== this.#body);
  }

  /** What is sent to the keeper, when the client has waited so long already. */
  messageAfter(waitedMs: number): { path: string; headers: string[]; body: Buffer } {
    const body = waitedMs > 0 ? shortenBody(this.#body, waitedMs) : this.#body;
    const url = this.request.url ?? '/';
    return { path: waitedMs > 0 ? shortenQuery(url, waitedMs) : url, headers: this.#headersFor(body), body };
  }

  #headersFor(body: Buffer): string[] {
    const { address, isSecure } = requesterOf(this.request);
    const lastEventId = this.events.lastId ?? this.#lastEventId;
    const headers =
      lastEventId === undefined
        ? [...this.#headers]
        : keepHeaders(this.#headers, (name) => name.toLowerCase() !== LAST_EVENT_ID);
    if (lastEventId !== undefined) headers.push(LAST_EVENT_ID, lastEventId);
    if (body.length > 0 || WITH_BODY.has(this.request.method ?? ''))
      headers.push('content-length', String(body.length));
    headers.push(LISTENER_HEADER, this.#listener, CLIENT_HEADER, address);
    headers.push(SCHEME_HEADER, isSecure ? 'https' : 'http');
    return headers;
  }
}

/** The address with what is left of its `wait`; as it is, without one. */
export function shortenQuery(url: string, waitedMs: number): string {
  return url.replace(/([?&]wait=)([^&#]*)/, (whole, name: string, text: string) => {
    const left = leftOf(safelyDecoded(text), waitedMs);
    return left === undefined ? whole : `${name}${left}`;
  });
}

/** A JSON body with what is left of its `wait`; as it is, without one. What is waited for is no part of what a key remembers. */
function shortenBody(body: Buffer, waitedMs: number): Buffer {
  if (body.length > WAITING_BODY_BYTES_MAX || !body.includes('"wait"')) return body;
  try {
    const asked = JSON.parse(body.toString('utf8')) as { wait?: unknown };
    const left = typeof asked.wait === 'string' ? leftOf(asked.wait, waitedMs) : undefined;
    return left === undefined ? body : Buffer.from(JSON.stringify({ ...asked, wait: left }));
  } catch {
    // What is no JSON is refused by whoever reads it.
    return body;
  }
}

function leftOf(text: string, waitedMs: number): string | undefined {
  const waitMs = parseDuration(text);
  return waitMs === undefined ? undefined : `${Math.max(0, Math.round(waitMs - waitedMs))}ms`;
}

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
