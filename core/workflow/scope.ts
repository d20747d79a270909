import type { Json, JsonObject } from '../json.ts';
import type { HeldLease } from '../model/lease.ts';
import type { Resource } from '../model/resource.ts';
import type { World } from '../world/world.ts';
import type { Scope } from './interpolate.ts';

/** Parameters as a step sees them: a resource's own win, then those of its profiles, the first that has one. */
export function effectiveParams(world: World, resource: Resource): JsonObject {
  if (resource.profiles.length === 0) return resource.params;
  const params: { [name: string]: Json } = {};
  for (const name of resource.profiles.toReversed()) Object.assign(params, world.profiles.get(name)?.params);
  return Object.assign(params, resource.params);
}

/** Who a resource moves for: the lease that gets it or had it. */
export type MoveLease = Pick<HeldLease, 'id' | 'holder' | 'labels' | 'note'>;

/** What the references of a step, and of parameters that a move adds, are looked up in. */
export function scopeOf(
  world: World,
  resource: Resource,
  { lease, run }: { lease: MoveLease | null; run: string | null },
): Scope {
  const { id, name, pool, kind, provider, externalId, epoch, labels, addresses, endpoints } = resource;
  const [address] = addresses;
  const poolLabels = world.pools.get(pool)?.pool.labels ?? {};
  return {
    resource: {
      id,
      name,
      pool,
      kind,
      provider,
      epoch,
      labels,
      addresses,
      endpoints,
      // What is not there is to be missed, not to be filled in as nothing.
      ...(externalId === null ? {} : { externalId }),
      ...(address === undefined ? {} : { address }),
    },
    params: effectiveParams(world, resource),
    lease:
      lease === null
        ? undefined
        : { id: lease.id, holder: lease.holder, labels: lease.labels, note: lease.note },
    pool: { name: pool, labels: poolLabels },
    run: run === null ? undefined : { id: run },
  };
}
