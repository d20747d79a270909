import type { Pool } from '../model/pool.ts';
import type { Resource } from '../model/resource.ts';
import type { Stage } from '../model/stage.ts';
import { changeResource } from '../resource/change-resource.ts';
import type { Transaction } from '../world/transaction.ts';

const NO_DATA: Stage['data'] = Object.freeze({});

/** The stage of a member that comes to it now, in nobody's hands; what clients keep with it stays. */
export function stageNow(tx: Transaction, { stage }: Pick<Resource, 'stage'>, name: string): Stage {
  return { name, at: tx.now, data: stage?.data ?? NO_DATA, expiresAt: stage?.expiresAt ?? null };
}

/**
 * Until when a member lives that comes back now: each time anew as long as its pool says; where its pool says nothing, as was said before,
 * and for ever where members do not come and go by themselves.
 */
export function expiryOf(tx: Transaction, { stages }: Pool, { stage }: Resource): number | null {
  if (stages?.dynamic === undefined) return null;
  const { lifespanMs } = stages.dynamic;
  return lifespanMs === null ? (stage?.expiresAt ?? null) : tx.now + lifespanMs;
}

/** Says of a member where it stands from now on. */
export function standAt(
  tx: Transaction,
  resource: Resource,
  { name, expiresAt }: { readonly name: string; readonly expiresAt: number | null },
): Resource {
  const standing = changeResource(tx, resource, { stage: { ...stageNow(tx, resource, name), expiresAt } });
  emitStaged(tx, standing);
  return standing;
}

/** Tells of a member's stage: of what clients keep with it only the names. */
export function emitStaged(
  tx: Transaction,
  { id, pool, leaseId, stage }: Resource,
  holder: string | null = null,
): void {
  const subject = {
    resource: id,
    pool,
    ...(leaseId === null ? {} : { lease: leaseId }),
    ...(holder === null ? {} : { holder }),
  };
  tx.emit('resource.staged', subject, {
    stage: stage?.name ?? null,
    from: stage?.from ?? null,
    keys: Object.keys(stage?.data ?? {}),
  });
}
