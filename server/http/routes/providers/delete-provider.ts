import { ADMINS } from '../../access.ts';
import { entityTag, versionOf } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { ProviderPath } from '../../schemas/path.ts';
import { Provider } from '../../schemas/provider.ts';
import { requireViewOfProvider } from './require-view.ts';

/** `DELETE /v1/providers/{provider}`: takes a provider away, at once or with the last of its pools. */
export const addDeleteProvider: AddRoutes = (app, { keeper, providersStatus }) => {
  app.delete(
    '/providers/:provider',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'deleteProvider',
        tags: ['providers'],
        summary: 'Remove a provider',
        description:
          'Refused while a pool uses it that stays. 202 while pools that are being removed still need it, 204 when it is gone.',
        params: ProviderPath,
        response: { 202: Provider, 204: { type: 'null', description: 'The provider is gone.' } },
      },
    },
    async (request, reply) => {
      const { params, token } = request;
      const statuses = providersStatus();
      const body = await keeper.ask(
        { type: 'removeProvider', name: params.provider, ...versionOf(request) },
        (_provider, world) =>
          world.providers.has(params.provider)
            ? requireViewOfProvider(world, params.provider, { token, statuses })
            : null,
      );
      if (body === null) return reply.code(204).send(null);
      return reply.code(202).header('etag', entityTag(body.version)).send(body);
    },
  );
};
