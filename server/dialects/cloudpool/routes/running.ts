import type { PoolEndpoint } from '../endpoint.ts';

/** Clients send these two without a body and without a type. */
export const RUNNING_ROUTES: readonly PoolEndpoint[] = [
  {
    method: 'POST',
    path: '/start',
    access: 'write',
    body: 'json',
    run: async ({ pools, name }) => {
      await pools.start(name);
      return {};
    },
  },
  {
    method: 'POST',
    path: '/stop',
    access: 'write',
    body: 'json',
    run: async ({ pools, name }) => {
      await pools.stop(name);
      return {};
    },
  },
  {
    method: 'GET',
    path: '/status',
    access: 'read',
    body: 'any',
    run: async ({ pools, name }) => ({ body: await pools.status(name) }),
  },
];
