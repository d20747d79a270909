import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Takes over an answer that this application will not give, because another replica keeps the world from now on. Answers whether it
 * did; the application has to leave the response alone then.
 *
 * `lastEventId`: how far an event stream is whose head is out already.
 */
export type HandOn = (lastEventId?: number) => boolean;

const offered = new WeakMap<ServerResponse, HandOn>();

const bodies = new WeakMap<IncomingMessage, string>();

/** Has the application remember the body of a request that may have to be sent again. The answer tells it: empty before one is read. */
export function wantBody(request: IncomingMessage): () => string {
  bodies.set(request, '');
  return () => bodies.get(request) ?? '';
}

/** Remembers a body that was read, where somebody wants it. */
export function keepBody(request: IncomingMessage, body: string): void {
  if (bodies.has(request)) bodies.set(request, body);
}

/** Offers to hand an answer on; who asks last decides. */
export function offerHandOn(response: ServerResponse, handOn: HandOn): void {
  offered.set(response, handOn);
}

export function handOnOf(response: ServerResponse): HandOn | undefined {
  return offered.get(response);
}

/** Hands the answer on, where somebody offered to take it and does. */
export function handOn(response: ServerResponse, lastEventId?: number): boolean {
  return offered.get(response)?.(lastEventId) ?? false;
}

/** Thrown out of a route whose answer somebody else gives. */
export class HandedOn extends Error {
  override readonly name = 'HandedOn';
}
