import type { Upkeep } from '../model/upkeep.ts';
import type { World } from '../world/world.ts';

/** The upkeep that a pool belongs to, or undefined: most belong to none. */
export function upkeepOfPool(world: World, pool: string): Upkeep | undefined {
  const name = world.upkeepOfPool.get(pool);
  return name === undefined ? undefined : world.upkeeps.get(name);
}

/** The upkeep that a provider belongs to: that of the pool that bears its name. */
export function upkeepOfProvider(world: World, provider: string): Upkeep | undefined {
  return world.pools.get(provider)?.pool.provider === provider ? upkeepOfPool(world, provider) : undefined;
}

/** The upkeep whose configuration a secret is, or undefined. */
export function upkeepOfSecret(world: World, secret: string): Upkeep | undefined {
  for (const upkeep of world.upkeeps.values()) if (upkeep.secret === secret) return upkeep;
  return undefined;
}
