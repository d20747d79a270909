import { Input, Name, Shared } from '../../../schemas/common.ts';
import type { ConfiguredProvider } from '../../../schemas/configuration-spec.ts';
import { ProviderInput } from '../../../schemas/provider.ts';
import { ADMINS } from '../../access.ts';
import { entityTag, versionOf } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { Provider } from '../../schemas/provider.ts';
import { requireViewOfProvider } from './require-view.ts';

/** `PUT /v1/providers/{provider}`: makes a provider be as the body says, new or not. */
export const addPutProvider: AddRoutes = (app, { keeper, configurator, providersStatus }) => {
  app.put(
    '/providers/:provider',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'putProvider',
        tags: ['providers'],
        summary: 'Create or replace a provider',
        description:
          'Options of the driver stand beside `driver` and `limits`, as in a configuration file. What it made stays, and is looked ' +
          'after by it. 201 for a new one.',
        params: Input({ provider: Name('The name of the provider.') }),
        body: Shared(ProviderInput),
        response: { 200: Provider, 201: Provider },
      },
    },
    async (request, reply) => {
      const { params, token } = request;
      const entry = { ...request.body, name: params.provider } as ConfiguredProvider;
      const { version } = await configurator.putProvider(entry, versionOf(request).version);
      reply.code(version === 1 ? 201 : 200).header('etag', entityTag(version));
      return keeper.read((world) =>
        requireViewOfProvider(world, params.provider, { token, statuses: providersStatus() }),
      );
    },
  );
};
