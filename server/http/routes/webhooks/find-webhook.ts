import { Refusal } from '@poolkeeper/core';
import type { Webhook, World } from '@poolkeeper/core';
import type { Notifications } from '../../parts.ts';
import type { WebhookBody } from '../../schemas/webhook.ts';
import { viewWebhook } from '../../views/webhook.ts';

/** The webhook, or a refusal: `webhook_not_found`. */
export function requireWebhook(world: World, name: string): Webhook {
  const found = world.webhooks.get(name);
  if (found !== undefined) return found;
  throw new Refusal(
    'webhook_not_found',
    `There is no webhook "${name}". See those that there are with GET /v1/webhooks.`,
  );
}

/** The webhook as it is now. */
export function viewOf(world: World, webhook: Webhook, notifications: Notifications): WebhookBody {
  const sentThrough = notifications.sentThrough(webhook.name);
  return viewWebhook(webhook, { sentThrough, lastEvent: world.meta.eventSeq });
}
