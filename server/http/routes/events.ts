import { refuseInput } from '@poolkeeper/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EVERYBODY } from '../access.ts';
import { eventFilterOf } from '../event-filter.ts';
import { pageOfEvents } from '../event-page.ts';
import type { AddRoutes, RouteParts } from '../parts.ts';
import { Event, EventsQuery } from '../schemas/event.ts';
import { PageOf } from '../schemas/page.ts';

const STREAM_TYPE = 'text/event-stream';

/** `GET /v1/events`: what happened, as a page, or as it happens where the client accepts an event stream. */
export const addEvents: AddRoutes = (app, parts) => {
  app.get(
    '/events',
    {
      exposeHeadRoute: false,
      config: { access: EVERYBODY },
      schema: {
        operationId: 'listEvents',
        tags: ['events'],
        summary: 'Tell what happened, or listen to what happens',
        description:
          `With \`Accept: ${STREAM_TYPE}\` the answer does not end: each event comes as it becomes durable, with its number as ` +
          '`id`, its type as `event` and itself as `data`. `Last-Event-ID` or `after` goes on behind an event, without gap or ' +
          'repetition; an `id` without an event says how far the stream is, so that also who has heard nothing yet may go on there. Otherwise one page. A holder hears of its own leases.',
        querystring: EventsQuery,
        response: { 200: PageOf(Event) },
      },
    },
    async (request, reply) => {
      const filter = eventFilterOf(request.token, request.query);
      if (request.headers.accept?.includes(STREAM_TYPE) !== true)
        return pageOfEvents(parts.keeper, filter, request.query);
      const after = await placeOf(parts, request);
      parts.eventStreams.requireRoom();
      await stream(parts, { request, reply, after });
      return reply;
    },
  );
};

/** Where a stream begins: behind the last event that the client has, or now. */
async function placeOf(
  parts: RouteParts,
  request: FastifyRequest<{ Querystring: EventsQuery }>,
): Promise<number> {
  const header = request.headers['last-event-id'];
  if (header === undefined) return request.query.after ?? parts.keeper.read((world) => world.meta.eventSeq);
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header);
  throw refuseInput(
    '/headers/last-event-id',
    'Last-Event-ID is the number of an event, the `id` of a message before.',
  );
}

type Listener = { request: FastifyRequest<{ Querystring: EventsQuery }>; reply: FastifyReply; after: number };

async function stream(parts: RouteParts, { request, reply, after }: Listener): Promise<void> {
  const { keeper, timers, eventStreams } = parts;
  const { token, query } = request;
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': `${STREAM_TYPE}; charset=utf-8`,
    'cache-control': 'no-store',
    // Proxies that gather answers would hold events back.
    'x-accel-buffering': 'no',
    'x-request-id': request.id,
  });
  await eventStreams.serve({
    keeper,
    timers,
    response: reply.raw,
    filter: eventFilterOf(token, query),
    after,
    token,
  });
}
