import { EVERYBODY } from '../../access.ts';
import type { AddRoutes } from '../../parts.ts';
import { ProviderPath } from '../../schemas/path.ts';
import { Provider } from '../../schemas/provider.ts';
import { requireViewOfProvider } from './require-view.ts';

/** `GET /v1/providers/{provider}`: how one account does that resources come from. */
export const addGetProvider: AddRoutes = (app, { keeper, providersStatus }) => {
  app.get(
    '/providers/:provider',
    {
      config: { access: EVERYBODY },
      schema: {
        operationId: 'getProvider',
        tags: ['providers'],
        summary: 'Show a provider',
        params: ProviderPath,
        response: { 200: Provider },
      },
    },
    ({ params, token }) =>
      keeper.read((world) =>
        requireViewOfProvider(world, params.provider, { token, statuses: providersStatus() }),
      ),
  );
};
