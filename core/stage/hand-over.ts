import { ID_PREFIX } from '../ids.ts';
import { requireQuota } from '../lease/request-lease.ts';
import type { HeldLease } from '../model/lease.ts';
import { nextResourceStatus } from '../model/resource.ts';
import type { Resource } from '../model/resource.ts';
import { FREE_STAGE } from '../model/stage.ts';
import { changeResource } from '../resource/change-resource.ts';
import type { Transaction } from '../world/transaction.ts';
import { emitStaged, stageNow } from './stand-at.ts';
import { stageOf } from './stage-of.ts';

/** How long a member is lent that is taken by stage, in milliseconds: until it comes back, a hundred years. */
export const STAGED_LEASE_MS = 100 * 365 * 24 * 3_600_000;

export type HandOver = {
  readonly holder: string;
  /** Where it stands while its holder has it. */
  readonly dest: string;
  /** How long it was waited for, in milliseconds; null where it was not. */
  readonly waitedMs: number | null;
};

/**
 * Gives a member that anybody may take to a holder: a lease of its own, until it comes back or its holder is silent for too long.
 *
 * Shape: changes the resource and makes the lease; emits `lease.granted` and `resource.staged`.
 * Errors: `over_quota`.
 * Source: invariant S2 in docs/spec/stages.md.
 */
export function handOver(tx: Transaction, resource: Resource, input: HandOver): Resource {
  const from = stageOf(resource);
  const lease = newLease(tx, resource, input.holder);
  requireQuota(tx.requirePool(resource.pool), lease);
  const taken = changeResource(tx, resource, {
    status: nextResourceStatus(resource, 'taken'),
    leaseId: lease.id,
    epoch: resource.epoch + 1,
    // Who takes it from elsewhere does something about it; only what was free is used.
    uses: resource.uses + (from === FREE_STAGE ? 1 : 0),
    since: tx.now,
    stage: { ...stageNow(tx, resource, input.dest), from },
  });
  tx.put('lease', lease.id, lease);
  const { id, name, pool, epoch } = taken;
  tx.emit(
    'lease.granted',
    { lease: lease.id, holder: input.holder, resource: id, pool },
    {
      resources: [{ id, name, pool, epoch }],
      waitedMs: input.waitedMs ?? 0,
      expiresAt: lease.expiresAt,
    },
  );
  emitStaged(tx, taken, input.holder);
  return taken;
}

function newLease(tx: Transaction, resource: Resource, holder: string): HeldLease {
  const { id, name, pool, kind } = resource;
  const heartbeatMs = tx.requirePool(pool).pool.stages?.silenceMs ?? null;
  return {
    id: tx.context.newId(ID_PREFIX.lease),
    status: 'active',
    holder,
    items: [{ pool, count: 1, minimum: 1, match: {}, filter: null }],
    durationMs: STAGED_LEASE_MS,
    heartbeatMs,
    priority: 0,
    labels: {},
    note: '',
    createdAt: tx.now,
    seq: tx.nextLeaseSeq(),
    version: 1,
    members: [{ resource: id, name, pool, kind, epoch: resource.epoch + 1, item: 0 }],
    grantedAt: tx.now,
    expiresAt: tx.now + STAGED_LEASE_MS,
    heartbeatBy: heartbeatMs === null ? null : tx.now + heartbeatMs,
  };
}
