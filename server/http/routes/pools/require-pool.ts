import { Refusal } from '@poolkeeper/core';
import type { Token, World } from '@poolkeeper/core';
import type { PoolBody } from '../../schemas/pool.ts';
import { viewPool } from '../../views/pool.ts';

/** A pool as it is now. Errors: `pool_not_found`. */
export function requireViewOfPool(world: World, name: string, token: Token): PoolBody {
  const state = world.pools.get(name);
  if (state !== undefined) return viewPool(state, token);
  throw new Refusal(
    'pool_not_found',
    `There is no pool "${name}". See the pools that exist with GET /v1/pools.`,
  );
}
