import { ADMINS } from '../../access.ts';
import { versionOf } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { WebhookPath } from '../../schemas/webhook.ts';

/** `DELETE /v1/webhooks/{webhook}`: tells somebody nothing more. */
export const addDeleteWebhook: AddRoutes = (app, { keeper }) => {
  app.delete(
    '/webhooks/:webhook',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'deleteWebhook',
        tags: ['webhooks'],
        summary: 'Remove a webhook',
        description: 'What it has not got yet it does not get.',
        params: WebhookPath,
        response: { 204: { type: 'null', description: 'The webhook is gone.' } },
      },
    },
    async (request, reply) => {
      await keeper.ask({ type: 'removeWebhook', name: request.params.webhook, ...versionOf(request) });
      return reply.code(204).send(null);
    },
  );
};
