import type { Resource } from '../model/resource.ts';
import { DIRTY_STAGE } from '../model/stage.ts';
import { cleanResource, retireResource } from '../resource/turnover.ts';
import type { Transaction } from '../world/transaction.ts';
import { compareText } from '../world/sorted-list.ts';
import { standAt } from './stand-at.ts';
import { isStanding } from './stage-of.ts';
import { cleansItself } from './way-back.ts';

/** What who puts a member together keeps with it: the names of what it is put together from. */
const PARTS_KEY = 'leasedResources';

/**
 * A member that is handed over by stage goes for good. What it was put together from, which stands at its name, comes back dirty.
 *
 * Shape: answers how many members changed.
 * Source: invariant S8 in docs/spec/stages.md.
 */
export function letGo(tx: Transaction, resource: Resource, reason: string): number {
  const parts = partsOf(tx, resource);
  for (const part of parts) bringBackDirty(tx, part);
  retireResource(tx, resource, reason);
  return parts.length + 1;
}

function partsOf({ world }: Transaction, { name, pool, stage }: Resource): Resource[] {
  const needs = world.pools.get(pool)?.pool.stages?.dynamic?.needs ?? {};
  const isPutTogether = Object.keys(needs).length > 0 || stage?.data[PARTS_KEY] !== undefined;
  if (!isPutTogether) return [];
  return [...world.poolOfType.values()]
    .toSorted(compareText)
    .flatMap((other) => [...(world.pools.get(other)?.staged?.acquirable(name) ?? [])].filter(isStanding));
}

function bringBackDirty(tx: Transaction, part: Resource): void {
  const dirty = standAt(tx, part, { name: DIRTY_STAGE, expiresAt: part.stage?.expiresAt ?? null });
  if (cleansItself(tx.requirePool(part.pool).pool)) cleanResource(tx, dirty, null);
}
