import { Refusal } from '@poolkeeper/core';
import { EVERYBODY } from '../../access.ts';
import type { AddRoutes } from '../../parts.ts';
import { ProviderPath } from '../../schemas/path.ts';
import { Provider } from '../../schemas/provider.ts';
import { viewProvider } from '../../views/provider.ts';
import { poolsByProvider } from './find-providers.ts';

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
      keeper.read((world) => {
        const info = world.providers.get(params.provider);
        const pools = poolsByProvider(world, token).get(params.provider);
        if (info === undefined || pools === undefined) {
          throw new Refusal(
            'provider_not_found',
            `There is no provider "${params.provider}". See the providers that exist with GET /v1/providers.`,
          );
        }
        const status = providersStatus().find(({ provider }) => provider === params.provider);
        return viewProvider({ info, status, pools }, token);
      }),
  );
};
