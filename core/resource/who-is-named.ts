import type { PoolState } from '../world/pool-state.ts';
import type { World } from '../world/world.ts';

/** A name, and the resource that may have it already. */
export type WishedName = { readonly name: string; readonly id?: string };

/**
 * The id of another resource that has the name in a pool. Members that are handed over by stage are known by their names alone, so there
 * every such pool counts.
 */
export function whoIsNamed(world: World, state: PoolState, { name, id }: WishedName): string | undefined {
  const found =
    state.idByName.get(name) ?? (state.staged === null ? undefined : world.stagedByName.get(name));
  return found === id ? undefined : found;
}
