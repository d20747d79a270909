import type { FastifyReply, FastifyRequest } from 'fastify';
import { EVERYBODY } from '../access.ts';
import { eventFilterOf } from '../event-filter.ts';
import { EventStream } from '../event-stream.ts';
import { pageOfEvents } from '../event-page.ts';
import type { AddRoutes, RouteParts } from '../parts.ts';
import { beginStream, lastEventIdOf, STREAM_TYPE, wantsStream } from '../stream-request.ts';
import { Event, EventsQuery } from '../schemas/event.ts';
import { PageOf } from '../schemas/page.ts';

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
      if (!wantsStream(request)) return pageOfEvents(parts.keeper, filter, request.query);
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
  return lastEventIdOf(request) ?? request.query.after ?? parts.keeper.read((world) => world.meta.eventSeq);
}

type Listener = { request: FastifyRequest<{ Querystring: EventsQuery }>; reply: FastifyReply; after: number };

async function stream(parts: RouteParts, { request, reply, after }: Listener): Promise<void> {
  const { keeper, timers, eventStreams } = parts;
  const { token, query } = request;
  beginStream(request, reply);
  const filter = eventFilterOf(token, query);
  await eventStreams.serve(new EventStream({ keeper, timers, response: reply.raw, filter, after, token }));
}
