import { nextLeaseStatus } from '../model/lease.ts';
import type { HeldLease, LeaseItem, LeaseMember, QueuedLease } from '../model/lease.ts';
import { nextResourceStatus } from '../model/resource.ts';
import type { Resource } from '../model/resource.ts';
import { changeResource } from '../resource/change-resource.ts';
import { takeBack } from '../resource/turnover.ts';
import type { Transaction } from '../world/transaction.ts';
import { finishLease } from './end-lease.ts';
import { prepareMember } from './prepare-member.ts';

/**
 * How many members that could not be prepared one lease gives back. What fails for every member would else hold the whole pool,
 * one after another.
 */
const FAILURES_MAX = 3;

/**
 * A member of a lease could not be prepared: the lease gets another that is free and fits, or goes back to its place in the queue.
 * What failed stays held for a person, or goes where its fate says.
 *
 * Shape: a lease of several resources for which there is no other keeps a held one, and waits for the person.
 */
export function replaceMember(tx: Transaction, id: string): void {
  const failed = tx.world.resources.get(id);
  const lease = tx.world.leases.get(failed?.leaseId ?? '');
  if (failed?.status !== 'preparing' || lease?.status !== 'preparing') return;
  const isGoing = failed.fate !== 'recycle';
  if (failed.hold === null && !isGoing) return;
  const failures = (lease.failures ?? 0) + 1;
  if (!isGoing && failures > FAILURES_MAX) return;
  const member = lease.members.find(({ resource }) => resource === id) as LeaseMember;
  const other = failures > FAILURES_MAX ? undefined : findOther(tx, lease, member);
  if (other === undefined && lease.members.length > 1 && !isGoing) return;
  if (other === undefined) {
    // Who waits for a pool that is being removed waits for nothing.
    const isOpen = lease.items.every(({ pool }) => tx.world.pools.get(pool)?.pool.status === 'open');
    if (!isOpen) return void finishLease(tx, lease, 'pool_removed');
    return requeue(tx, { ...lease, failures }, failed);
  }
  const next = allocate(tx, other, lease, member.item);
  const members = lease.members.map((one) => (one === member ? next : one));
  const changed = { ...lease, members, failures, version: lease.version + 1 };
  tx.put('lease', lease.id, changed);
  tx.emit(
    'lease.granted',
    { lease: lease.id, holder: lease.holder, resource: next.resource, pool: next.pool },
    {
      inPlaceOf: id,
      resources: [{ id: next.resource, name: next.name, pool: next.pool, epoch: next.epoch }],
    },
  );
  // It is told first that the lease has another: what is somebody's leaves nobody's hands.
  letGo(tx, failed, lease);
  prepareMember(tx, changed, other.id);
}

/** What is on offer is wanted by nobody who waits. */
function findOther(tx: Transaction, lease: HeldLease, member: LeaseMember): Resource | undefined {
  const item = lease.items[member.item] as LeaseItem;
  for (const resource of tx.world.pools.get(item.pool)?.lanes.require(item).free ?? []) return resource;
  return undefined;
}

function allocate(tx: Transaction, resource: Resource, lease: HeldLease, item: number): LeaseMember {
  const { id, name, pool, kind } = resource;
  const epoch = resource.epoch + 1;
  const status = nextResourceStatus(resource, 'allocate');
  changeResource(tx, resource, { status, leaseId: lease.id, epoch, uses: resource.uses + 1 });
  return { resource: id, name, pool, kind, epoch, item };
}

/** Held, it waits for a person by itself; else it comes back as from any lease, and goes where its fate says. */
function letGo(tx: Transaction, failed: Resource, lease: HeldLease): void {
  if (failed.fate === 'recycle') changeResource(tx, failed, { leaseId: null });
  else takeBack(tx, failed.id, lease);
}

/** Back to the queue, where its time of arrival still counts; what it has besides comes back as from any lease. */
function requeue(tx: Transaction, lease: HeldLease, failed: Resource): void {
  const {
    members,
    grantedAt: _granted,
    expiresAt: _expires,
    heartbeatBy: _heartbeat,
    warnAt: _warning,
    putOffMs: _putOff,
    ...request
  } = lease;
  const status = nextLeaseStatus(lease, 'requeue') as 'queued';
  const queued: QueuedLease = { ...request, status, setAside: [], version: lease.version + 1 };
  tx.put('lease', lease.id, queued);
  tx.emit(
    'lease.queued',
    { lease: lease.id, holder: lease.holder, resource: failed.id },
    { reason: 'a resource could not be prepared' },
  );
  letGo(tx, failed, lease);
  for (const { resource } of members) if (resource !== failed.id) takeBack(tx, resource, lease);
  tx.toAdvance.push(lease.id);
}
