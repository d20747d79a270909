import { Refusal } from '../errors.ts';
import { targetSize } from '../pool/resize-pool.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { World } from '../world/world.ts';

/** How large a pool is to be and is. `allocated`: members that exist or are asked for. `active`: those of them that count. */
export type PoolSize = { readonly desired: number; readonly allocated: number; readonly active: number };

/**
 * The size of a pool; of one that its size is divided over, all its children together. Where members are registered by hand, it is to
 * have as many as it has.
 *
 * Errors: `pool_not_found`.
 */
export function poolSize(world: World, name: string): PoolSize {
  const state = world.pools.get(name);
  if (state === undefined) throw new Refusal('pool_not_found', `There is no pool "${name}".`);
  const states = [state, ...childrenOf(world, state)];
  const allocated = states.reduce((sum, { allocatedCount }) => sum + allocatedCount, 0);
  const active = states.reduce((sum, { activeCount }) => sum + activeCount, 0);
  return { desired: targetSize(state) ?? active, allocated, active };
}

function childrenOf(world: World, { pool: { split = [] } }: PoolState): PoolState[] {
  return split.flatMap(({ pool }) => world.pools.get(pool) ?? []);
}
