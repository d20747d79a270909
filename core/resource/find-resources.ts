import { fitsSelector } from '../filter/selector.ts';
import type { Selector } from '../model/lease.ts';
import type { Resource, ResourceStatus } from '../model/resource.ts';
import { compareText } from '../world/sorted-list.ts';
import type { World } from '../world/world.ts';

/** Resources that one look goes through; what is left is looked at next. */
export const LOOKED_AT_MAX = 10_000;

/** Which resources are meant: what is said has to hold, all of it. */
export type ResourceQuery = Selector & {
  readonly ids: readonly string[] | null;
  readonly pool: string | null;
  readonly status: ResourceStatus | null;
  /** Those that are held for a person? */
  readonly isHeld: boolean;
  /** The pools that the caller may see; null: all. */
  readonly grant: readonly string[] | null;
};

/** `next`: the id after which to go on; null when everything was looked at. */
export type FoundResources = {
  readonly found: readonly Resource[];
  /** Ids that were named and are of nothing that the caller may see. */
  readonly missing: readonly string[];
  readonly next: string | null;
};

/**
 * Finds resources, in the order of their ids, after one of them.
 *
 * Shape: pure. Bounds: answers at most `limit`, and looks at no more than `LOOKED_AT_MAX`, whichever comes first.
 */
export function findResources(
  world: World,
  query: ResourceQuery,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): FoundResources {
  const found: Resource[] = [];
  const missing: string[] = [];
  let lookedAt = 0;
  let last: string | null = null;
  for (const id of candidates(world, query, after)) {
    if (lookedAt === LOOKED_AT_MAX || found.length === limit) return { found, missing, next: last };
    lookedAt += 1;
    last = id;
    const resource = world.resources.get(id);
    if (resource === undefined || !isSeen(resource, query)) {
      if (query.ids !== null) missing.push(id);
    } else if (isMeant(resource, query)) found.push(resource);
  }
  return { found, missing, next: null };
}

function candidates(world: World, { ids, pool }: ResourceQuery, after: string | null): Iterable<string> {
  const start = after ?? undefined;
  if (ids !== null) {
    const later = ids.filter((id) => start === undefined || id > start);
    return [...new Set(later)].toSorted(compareText);
  }
  if (pool !== null) return world.pools.get(pool)?.members.after(start) ?? [];
  return world.resourceIds.after(start);
}

function isSeen(resource: Resource, { grant }: ResourceQuery): boolean {
  return grant === null || grant.includes(resource.pool);
}

function isMeant(resource: Resource, query: ResourceQuery): boolean {
  return (
    (query.pool === null || resource.pool === query.pool) &&
    (query.status === null || resource.status === query.status) &&
    (!query.isHeld || resource.hold !== null) &&
    fitsSelector(resource, query)
  );
}
