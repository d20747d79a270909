import type { ServerResponse } from 'node:http';

/**
 * Takes over an answer that this application will not give, because another replica keeps the world from now on. Answers whether it
 * did; the application has to leave the response alone then.
 *
 * `lastEventId`: how far an event stream is whose head is out already.
 */
export type HandOn = (lastEventId?: number) => boolean;

const offered = new WeakMap<ServerResponse, HandOn>();

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
