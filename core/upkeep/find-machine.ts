import type { Resource } from '../model/resource.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { World } from '../world/world.ts';

/** What clients call a member: its provider's own name of it, and until there is one the id of its resource. */
export function machineIdOf({ id, externalId }: Resource): string {
  return externalId ?? id;
}

/** The member of a pool that clients call so, or undefined. */
export function findMachine(world: World, state: PoolState, machine: string): Resource | undefined {
  const named = world.resources.get(machine);
  if (named?.pool === state.pool.name) return named;
  for (const id of state.members) {
    const resource = world.resources.get(id);
    if (resource?.externalId === machine) return resource;
  }
  return undefined;
}
