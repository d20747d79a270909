import { compareText } from '@poolkeeper/core';
import { ADMINS } from '../../access.ts';
import { keyOfCursor } from '../../cursor.ts';
import { pageOf } from '../../pages.ts';
import type { AddRoutes } from '../../parts.ts';
import { PageOf } from '../../schemas/page.ts';
import { Webhook, WebhooksQuery } from '../../schemas/webhook.ts';
import { requireWebhook, viewOf } from './find-webhook.ts';

/** `GET /v1/webhooks`: who is told of what, in order of their names. */
export const addListWebhooks: AddRoutes = (app, { keeper, notifications }) => {
  app.get(
    '/webhooks',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'listWebhooks',
        tags: ['webhooks'],
        summary: 'List webhooks',
        querystring: WebhooksQuery,
        response: { 200: PageOf(Webhook) },
      },
    },
    ({ query }) => {
      const cursor = keyOfCursor(query.cursor);
      return keeper.read((world) => {
        const names = [...world.webhooks.keys()].filter((name) => cursor === undefined || name > cursor);
        return pageOf(names.toSorted(compareText), query.limit, (name) =>
          viewOf(world, requireWebhook(world, name), notifications),
        );
      });
    },
  );
};
