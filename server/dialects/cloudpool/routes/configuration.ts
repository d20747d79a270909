import type { PoolEndpoint } from '../endpoint.ts';

/** `GET /config` shows credentials, as clients that change a part of it need, so it is for those who may write. */
export const CONFIGURATION_ROUTES: readonly PoolEndpoint[] = [
  {
    method: 'GET',
    path: '/config',
    access: 'write',
    body: 'any',
    run: async ({ pools, name }) => ({ body: await pools.configuration(name) }),
  },
  {
    method: 'POST',
    path: '/config',
    access: 'write',
    body: 'object',
    run: async ({ pools, name, readObject }) => {
      await pools.configure(name, readObject());
      return {};
    },
  },
];
