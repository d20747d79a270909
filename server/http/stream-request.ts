import { refuseInput } from '@poolkeeper/core';
import type { FastifyReply, FastifyRequest } from 'fastify';

export const STREAM_TYPE = 'text/event-stream';

/** Does the client want an answer that does not end? */
export function wantsStream({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return headers.accept?.includes(STREAM_TYPE) === true;
}

/**
 * The number of the last message that a client has, which comes again; undefined for one that comes first.
 *
 * Errors: `invalid_input` for what is no number of ours.
 */
export function lastEventIdOf({ headers }: Pick<FastifyRequest, 'headers'>): number | undefined {
  const header = headers['last-event-id'];
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header);
  throw refuseInput(
    '/headers/last-event-id',
    'Last-Event-ID is the number of an event, the `id` of a message before.',
  );
}

/** Takes the answer over and writes its head. */
export function beginStream(request: Pick<FastifyRequest, 'id'>, reply: FastifyReply): void {
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': `${STREAM_TYPE}; charset=utf-8`,
    'cache-control': 'no-store',
    // Proxies that gather answers would hold messages back.
    'x-accel-buffering': 'no',
    'x-request-id': request.id,
  });
}
