import { compareText } from '@poolkeeper/core';
import { EVERYBODY } from '../../access.ts';
import { keyOfCursor } from '../../cursor.ts';
import { pageOf } from '../../pages.ts';
import type { AddRoutes } from '../../parts.ts';
import { PageOf } from '../../schemas/page.ts';
import { Provider, ProvidersQuery } from '../../schemas/provider.ts';
import { viewProvider } from '../../views/provider.ts';
import { poolsByProvider } from './find-providers.ts';

/** `GET /v1/providers`: how the accounts do that resources come from, in order of their names. */
export const addListProviders: AddRoutes = (app, { keeper, providersStatus }) => {
  app.get(
    '/providers',
    {
      config: { access: EVERYBODY },
      schema: {
        operationId: 'listProviders',
        tags: ['providers'],
        summary: 'List providers',
        description: 'A token that is bound to pools sees the providers of those.',
        querystring: ProvidersQuery,
        response: { 200: PageOf(Provider) },
      },
    },
    ({ query, token }) => {
      const cursor = keyOfCursor(query.cursor);
      return keeper.read((world) => {
        const statuses = new Map(providersStatus().map((status) => [status.provider, status]));
        const pools = poolsByProvider(world, token);
        const names = [...pools.keys()].filter((name) => cursor === undefined || name > cursor);
        return pageOf(names.toSorted(compareText), query.limit, (name) => {
          const info = world.providers.get(name);
          const sight = { status: statuses.get(name), pools: pools.get(name) ?? [] };
          return info === undefined ? undefined : viewProvider({ info, ...sight }, token);
        });
      });
    },
  );
};
