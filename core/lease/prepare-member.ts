import { nextLeaseStatus } from '../model/lease.ts';
import type { HeldLease } from '../model/lease.ts';
import { nextResourceStatus } from '../model/resource.ts';
import type { Resource } from '../model/resource.ts';
import { changeResource } from '../resource/change-resource.ts';
import { beginTransition } from '../resource/transition.ts';
import type { Transaction } from '../world/transaction.ts';

/** Does what is lent of this pool have to be prepared first? */
export function needsPreparing(tx: Transaction, pool: string, lease: Pick<HeldLease, 'on'>): boolean {
  return lease.on?.allocate !== undefined || tx.world.pools.get(pool)?.pool.on.allocate !== undefined;
}

/** Does to a member of a lease what its pool's allocation and the lease say; the member is its holder's when that is through. */
export function prepareMember(tx: Transaction, lease: HeldLease, id: string): void {
  const resource = tx.world.resources.get(id) as Resource;
  const call = lease.on?.allocate ?? null;
  if (beginTransition(tx, resource, { transition: 'allocate', lease, call })) finishPreparing(tx, id);
}

/** A member is prepared; with the last of them its lease becomes active. */
export function finishPreparing(tx: Transaction, id: string): void {
  const resource = tx.world.resources.get(id) as Resource;
  const ready = changeResource(tx, resource, { status: nextResourceStatus(resource, 'prepared') });
  const lease = tx.world.leases.get(ready.leaseId ?? '');
  if (lease?.status !== 'preparing') return;
  if (lease.members.some((member) => tx.world.resources.get(member.resource)?.status !== 'leased')) return;
  const status = nextLeaseStatus(lease, 'prepared') as 'active';
  tx.put('lease', lease.id, { ...lease, status, version: lease.version + 1 });
  const only = lease.members.length === 1 ? lease.members[0] : undefined;
  tx.emit(
    'lease.active',
    {
      lease: lease.id,
      holder: lease.holder,
      ...(only === undefined ? {} : { resource: only.resource, pool: only.pool }),
    },
    { preparedMs: tx.now - lease.grantedAt },
  );
}
