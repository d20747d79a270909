import { refuseInput } from '@poolkeeper/core';
import type { PutWebhook, WebhookSpec } from '@poolkeeper/core';
import { Input, Name, Shared } from '../../../schemas/common.ts';
import { ADMINS } from '../../access.ts';
import { entityTag, versionOf } from '../../entity-tag.ts';
import type { AddRoutes, Notifications } from '../../parts.ts';
import { Webhook, WebhookInput } from '../../schemas/webhook.ts';
import { newSigningSecret } from '../../secrets.ts';
import { viewOf } from './find-webhook.ts';

/** `PUT /v1/webhooks/{webhook}`: has somebody be told, new or not. A secret that is made is in this one answer. */
export const addPutWebhook: AddRoutes = (app, { keeper, notifications }) => {
  app.put(
    '/webhooks/:webhook',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'putWebhook',
        tags: ['webhooks'],
        summary: 'Create or replace a webhook',
        description:
          'Events are posted to `url` one by one, signed by the Standard Webhooks scheme, or sent by mail `to` somebody. A new one ' +
          'hears of what happens from here on; one that is replaced keeps its place, and its secret where none is given.',
        params: Input({ webhook: Name('The name of the webhook.') }),
        body: Shared(WebhookInput),
        response: { 200: Webhook, 201: Webhook },
      },
    },
    async (request, reply) => {
      const { params, body } = request;
      const spec = specOf(params.webhook, body, notifications);
      const isKnown = await keeper.read(
        ({ webhooks }) => typeof webhooks.get(spec.name)?.sealedSecret === 'string',
      );
      const made = secretOf(spec, body, isKnown);
      const command: PutWebhook = {
        type: 'putWebhook',
        spec,
        ...(spec.kind === 'mail' ? { sealedSecret: null } : {}),
        ...(made.secret === undefined
          ? {}
          : { sealedSecret: notifications.sealSecret(spec.name, made.secret) }),
        ...versionOf(request),
      };
      const shown = await keeper.ask(command, (webhook, world) => viewOf(world, webhook, notifications));
      reply.code(shown.version === 1 ? 201 : 200).header('etag', entityTag(shown.version));
      if (!made.isNew || made.secret === undefined) return shown;
      reply.header('cache-control', 'no-store');
      return { ...shown, secret: made.secret };
    },
  );
};

function specOf(name: string, body: WebhookInput, { sendsMail }: Notifications): WebhookSpec {
  const { url, to, events, disabled = false } = body;
  const rest = { name, types: events.types, pools: events.pools ?? null, isDisabled: disabled };
  if (url !== undefined && to !== undefined) {
    throw refuseInput(
      '/to',
      'to stands beside url; give one of the two, and make another webhook for the other',
    );
  }
  if (url !== undefined) return { ...rest, kind: 'http', to: [requireUrl(url)] };
  if (to === undefined)
    throw refuseInput('/url', 'url says where messages are posted, or to where mail is sent');
  if (!sendsMail) {
    throw refuseInput('/to', 'this server sends no mail; start it with --smtp-url and --mail-from');
  }
  return { ...rest, kind: 'mail', to };
}

function requireUrl(text: string): string {
  const url = URL.parse(text);
  const isHttp = url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
  if (!isHttp) throw refuseInput('/url', 'url has to be http://HOST/PATH or https://HOST/PATH');
  if (url.username !== '' || url.password !== '') {
    throw refuseInput('/url', 'url has a user or a password in it; messages are signed, so none is needed');
  }
  return url.href;
}

/** What messages are to be signed with from now on; nothing, where it stays as it is. */
function secretOf(
  { kind }: WebhookSpec,
  { secret, newSecret = false }: WebhookInput,
  isKnown: boolean,
): { readonly secret?: string; readonly isNew: boolean } {
  if (kind === 'mail') {
    if (secret === undefined && !newSecret) return { isNew: false };
    throw refuseInput(secret === undefined ? '/newSecret' : '/secret', 'mail is not signed; leave it out');
  }
  if (secret !== undefined) {
    if (newSecret) throw refuseInput('/newSecret', 'newSecret stands beside secret; give one of the two');
    return { secret, isNew: false };
  }
  return newSecret || !isKnown ? { secret: newSigningSecret(), isNew: true } : { isNew: false };
}
