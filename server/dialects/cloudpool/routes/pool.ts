import { readWholeNumber } from '../members-of-body.ts';
import type { PoolEndpoint } from '../endpoint.ts';
import { instantText } from '../views/instant.ts';
import { viewMachine } from '../views/machine.ts';
import { viewMachinePool } from '../views/machine-pool.ts';
import { viewMachineBoth } from '../views/version-one.ts';

export const POOL_ROUTES: readonly PoolEndpoint[] = [
  {
    method: 'GET',
    path: '/pool',
    access: 'read',
    body: 'any',
    run: async ({ pools, name, settings }) => ({
      body: viewMachinePool(
        await pools.machines(name),
        settings.legacyFields ? viewMachineBoth : viewMachine,
      ),
    }),
  },
  {
    method: 'GET',
    path: '/pool/size',
    access: 'read',
    body: 'any',
    run: async ({ pools, name }) => {
      const { fetchedAt, desired, allocated, active } = await pools.size(name);
      return { body: { timestamp: instantText(fetchedAt), desiredSize: desired, allocated, active } };
    },
  },
  {
    method: 'POST',
    path: '/pool/size',
    access: 'write',
    body: 'object',
    run: async ({ pools, name, readObject }) => {
      await pools.setSize(name, readWholeNumber(readObject(), 'desiredSize'));
      return {};
    },
  },
];
