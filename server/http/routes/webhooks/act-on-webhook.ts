import { ADMINS } from '../../access.ts';
import type { AddRoutes } from '../../parts.ts';
import { Webhook, WebhookPath, WebhookTest } from '../../schemas/webhook.ts';
import { requireWebhook, viewOf } from './find-webhook.ts';

/** `POST /v1/webhooks/{webhook}/test` and `…/retry`. */
export const addActOnWebhook: AddRoutes = (app, { keeper, notifications }) => {
  app.post(
    '/webhooks/:webhook/test',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'testWebhook',
        tags: ['webhooks'],
        summary: 'Send a test message, and say what came of it',
        description: 'It is sent at once, beside what waits, and once. It does not count as a failure.',
        params: WebhookPath,
        response: { 200: WebhookTest },
      },
    },
    async ({ params }) => {
      const webhook = await keeper.read((world) => requireWebhook(world, params.webhook));
      const { isDelivered, error, durationMs } = await notifications.test(webhook);
      return { delivered: isDelivered, error, durationMs };
    },
  );
  app.post(
    '/webhooks/:webhook/retry',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'retryWebhook',
        tags: ['webhooks'],
        summary: 'Try a receiver again at once',
        description: 'Also one that was given up: it goes on where it stands.',
        params: WebhookPath,
        response: { 200: Webhook },
      },
    },
    ({ params }) =>
      keeper.ask({ type: 'resumeWebhook', name: params.webhook }, (webhook, world) =>
        viewOf(world, webhook, notifications),
      ),
  );
};
