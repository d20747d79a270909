import { poolOfUpkeep } from '@poolkeeper/core';
import type { Endpoint } from '../endpoint.ts';

/** The management of instances. None of them reads a body. */
export const INSTANCE_ROUTES: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/cloudpools',
    shown: '/cloudpools',
    face: 'instance',
    access: 'read',
    body: 'any',
    run: async ({ pools, caller, addressOf }) => {
      const names = await pools.list();
      return { body: names.filter((name) => caller.mayUse(poolOfUpkeep(name))).map(addressOf) };
    },
  },
  {
    method: 'POST',
    path: '/cloudpools/:name',
    shown: '/cloudpools/:name',
    face: 'instance',
    access: 'write',
    body: 'any',
    run: async ({ pools, name, addressOf }) => {
      // Before anything is made: it may be refused.
      const location = addressOf(name);
      await pools.create(name);
      return { status: 201, headers: { location } };
    },
  },
  {
    method: 'DELETE',
    path: '/cloudpools/:name',
    shown: '/cloudpools/:name',
    face: 'instance',
    access: 'write',
    body: 'any',
    run: async ({ pools, name }) => {
      await pools.remove(name);
      return {};
    },
  },
];
