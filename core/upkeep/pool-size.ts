import type { World } from '../world/world.ts';

/** How large a pool is to be and is. `allocated`: members that exist or are asked for. `active`: those of them that count. */
export type PoolSize = { readonly desired: number; readonly allocated: number; readonly active: number };

/** The size of a pool; of one that its size is divided over, all its children together. */
export function poolSize(_world: World, _pool: string): PoolSize {
  throw new Error('to be built');
}
