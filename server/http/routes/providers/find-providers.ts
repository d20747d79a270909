import { compareText } from '@poolkeeper/core';
import type { PoolState, Token, World } from '@poolkeeper/core';
import { mayUsePool } from '../../access.ts';

/**
 * The pools in the token's grant by their provider, in the order of their names. A token that is bound to pools knows of the
 * providers of those alone; any other of every provider that is configured.
 */
export function poolsByProvider(world: World, token: Token): ReadonlyMap<string, readonly PoolState[]> {
  const pools = new Map<string, PoolState[]>();
  if (token.pools === null) for (const name of world.providers.keys()) pools.set(name, []);
  for (const state of world.pools.values()) {
    const { name, provider } = state.pool;
    if (!mayUsePool(token, name) || !world.providers.has(provider)) continue;
    const known = pools.get(provider);
    if (known === undefined) pools.set(provider, [state]);
    else known.push(state);
  }
  for (const list of pools.values()) list.sort((a, b) => compareText(a.pool.name, b.pool.name));
  return pools;
}
