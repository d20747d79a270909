import type { PoolEndpoint } from '../endpoint.ts';
import { readWholeNumber } from '../members-of-body.ts';
import { viewMachinePool } from '../views/machine-pool.ts';
import { viewMachineOne } from '../views/version-one.ts';
import { CONFIGURATION_SCHEMA } from '../views/configuration-schema.ts';

/** The resize of version 1: it answers when its effect is there. Nothing else is at this place today, so it is served beside. */
export const LEGACY_RESIZE: PoolEndpoint = {
  method: 'POST',
  path: '/pool',
  access: 'write',
  body: 'object',
  run: async ({ pools, name, settings, readObject }) => {
    const desired = readWholeNumber(readObject(), 'desiredCapacity');
    await pools.resizeAndWait(name, desired, settings.resizeWaitMs);
    return {};
  },
};

/** Version 1 in full, and nothing else. */
export const VERSION_ONE_ROUTES: readonly PoolEndpoint[] = [
  {
    method: 'GET',
    path: '/pool',
    access: 'read',
    body: 'any',
    run: async ({ pools, name }) => ({ body: viewMachinePool(await pools.machines(name), viewMachineOne) }),
  },
  LEGACY_RESIZE,
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
      await pools.start(name);
      return {};
    },
  },
  {
    method: 'GET',
    path: '/config/schema',
    access: 'read',
    body: 'any',
    run: async () => ({ body: CONFIGURATION_SCHEMA }),
  },
];
