import { ADMINS } from '../../access.ts';
import { entityTag } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { Webhook, WebhookPath } from '../../schemas/webhook.ts';
import { requireWebhook, viewOf } from './find-webhook.ts';

/** `GET /v1/webhooks/{webhook}`: who is told of what, and how that does. */
export const addGetWebhook: AddRoutes = (app, { keeper, notifications }) => {
  app.get(
    '/webhooks/:webhook',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'getWebhook',
        tags: ['webhooks'],
        summary: 'Show a webhook',
        params: WebhookPath,
        response: { 200: Webhook },
      },
    },
    async ({ params }, reply) => {
      const body = await keeper.read((world) =>
        viewOf(world, requireWebhook(world, params.webhook), notifications),
      );
      return reply.header('etag', entityTag(body.version)).send(body);
    },
  );
};
