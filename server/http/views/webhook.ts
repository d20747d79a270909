import type { Webhook } from '@poolkeeper/core';
import { instantText, maybeInstantText } from '../instant.ts';
import type { WebhookBody, WEBHOOK_STATES } from '../schemas/webhook.ts';

/** How far a receiver is: by its own count where it is being served, which is ahead of what the world remembers. */
export type Progress = { readonly sentThrough: number | undefined; readonly lastEvent: number };

/** A webhook as the API shows it: never its secret. */
export function viewWebhook(webhook: Webhook, { sentThrough, lastEvent }: Progress): WebhookBody {
  const { name, kind, to, types, pools, trouble } = webhook;
  const reached = Math.max(webhook.sentThrough, sentThrough ?? 0);
  return {
    name,
    kind,
    url: kind === 'http' ? (to[0] ?? '') : null,
    to: kind === 'mail' ? to : null,
    events: { types, pools },
    disabled: webhook.isDisabled,
    state: stateOf(webhook),
    sentThrough: reached,
    behind: Math.max(0, lastEvent - reached),
    attempts: trouble?.attempts ?? 0,
    failingSince: maybeInstantText(trouble?.since ?? null),
    nextAttemptAt: trouble === null || trouble.isStopped ? null : instantText(trouble.notBefore),
    lastError: trouble?.error ?? null,
    createdAt: instantText(webhook.createdAt),
    version: webhook.version,
  };
}

function stateOf({ isDisabled, trouble }: Webhook): (typeof WEBHOOK_STATES)[number] {
  if (isDisabled) return 'disabled';
  if (trouble === null) return 'ok';
  return trouble.isStopped ? 'stopped' : 'failing';
}
