import { Refusal } from '@poolkeeper/core';
import { OVERSEERS } from '../../access.ts';
import { eventFilterOf } from '../../event-filter.ts';
import { pageOfEvents } from '../../event-page.ts';
import type { AddRoutes } from '../../parts.ts';
import { Event } from '../../schemas/event.ts';
import { PageOf, paging } from '../../schemas/page.ts';
import { Input } from '../../../schemas/common.ts';
import { IdPath } from '../../schemas/path.ts';

/** `GET /v1/resources/{id}/events`: the life of a resource, also of one that is gone. */
export const addListResourceEvents: AddRoutes = (app, { keeper }) => {
  app.get(
    '/resources/:id/events',
    {
      config: { access: OVERSEERS },
      schema: {
        operationId: 'listResourceEvents',
        tags: ['resources'],
        summary: 'Tell the life of a resource',
        params: IdPath,
        querystring: Input({ ...paging }),
        response: { 200: PageOf(Event) },
      },
    },
    async ({ params, query, token }) => {
      const page = await pageOfEvents(keeper, eventFilterOf(token, { resource: params.id }), query);
      if (page.items.length > 0 || query.cursor !== undefined) return page;
      throw new Refusal(
        'resource_not_found',
        `There is no resource "${params.id}", and nothing is told of one.`,
      );
    },
  );
};
