import type { HeldLease, LeaseItem } from '../model/lease.ts';
import type { Transaction } from '../world/transaction.ts';
import { subjectOf } from './lease-subject.ts';

/**
 * When a lease that ends at `expiresAt` is to be warned: as long before as the most careful of its pools says. A lease that
 * lasts no longer than that is not warned: its holder knew when it asked.
 *
 * Shape: a member for the lease, or none; leases of pools that do not warn carry nothing.
 */
export function warningOf(
  tx: Transaction,
  { items }: { readonly items: readonly LeaseItem[] },
  expiresAt: number,
): { readonly warnAt?: number } {
  let warnMs = 0;
  for (const { pool } of items) warnMs = Math.max(warnMs, tx.world.pools.get(pool)?.pool.lease.warnMs ?? 0);
  const warnAt = expiresAt - warnMs;
  return warnMs === 0 || warnAt <= tx.now ? {} : { warnAt };
}

/**
 * Says that a lease ends soon, once: it is warned again when a renewal has moved its end.
 *
 * Shape: changes the lease; emits `lease.expiring`.
 * Source: invariants N1 and N2 in docs/spec/notifications.md.
 */
export function warnLease(tx: Transaction, id: string): void {
  const { warnAt: _, ...lease } = tx.require('lease', id) as HeldLease;
  tx.emit('lease.expiring', subjectOf(lease), {
    expiresAt: lease.expiresAt,
    resources: lease.members.map(({ resource, name, pool, epoch }) => ({ id: resource, name, pool, epoch })),
  });
  tx.put('lease', id, { ...lease, version: lease.version + 1 });
}
