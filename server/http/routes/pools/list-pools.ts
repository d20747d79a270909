import { compareText } from '@poolkeeper/core';
import { EVERYBODY, mayUsePool } from '../../access.ts';
import { keyOfCursor } from '../../cursor.ts';
import { pageOf } from '../../pages.ts';
import type { AddRoutes } from '../../parts.ts';
import { PageOf } from '../../schemas/page.ts';
import { Pool, PoolsQuery } from '../../schemas/pool.ts';
import { viewPool } from '../../views/pool.ts';

/** `GET /v1/pools`: the pools in the token's grant, in order of their names. */
export const addListPools: AddRoutes = (app, { keeper }) => {
  app.get(
    '/pools',
    {
      config: { access: EVERYBODY },
      schema: {
        operationId: 'listPools',
        tags: ['pools'],
        summary: 'List pools',
        querystring: PoolsQuery,
        response: { 200: PageOf(Pool) },
      },
    },
    ({ query, token }) => {
      const cursor = keyOfCursor(query.cursor);
      return keeper.read((world) => {
        const names = [...world.pools.keys()].filter((name) => cursor === undefined || name > cursor);
        return pageOf(names.toSorted(compareText), query.limit, (name) => {
          const state = world.pools.get(name);
          return state !== undefined && mayUsePool(token, name) ? viewPool(state, token) : undefined;
        });
      });
    },
  );
};
