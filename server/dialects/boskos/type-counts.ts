import type { PoolState, World } from '@poolkeeper/core';
import { seeResource } from './resource-view.ts';

/** How many resources of a type there are, by state and by owner; the empty owner is nobody. */
export type TypeCounts = {
  readonly states: ReadonlyMap<string, number>;
  readonly owners: ReadonlyMap<string, number>;
};

export function countType(world: World, { members }: PoolState): TypeCounts {
  const states = new Map<string, number>();
  const owners = new Map<string, number>();
  for (const id of members) {
    const resource = world.resources.get(id);
    const seen = resource === undefined ? undefined : seeResource(world, resource);
    if (seen === undefined) continue;
    states.set(seen.state, (states.get(seen.state) ?? 0) + 1);
    owners.set(seen.owner, (owners.get(seen.owner) ?? 0) + 1);
  }
  return { states, owners };
}
