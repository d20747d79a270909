import type { HeldLease } from '../model/lease.ts';
import type { Transaction } from '../world/transaction.ts';

export type KeepPlaces = {
  readonly type: 'keepPlaces';
  /** The last instant that was decided at before nobody could ask, in milliseconds UTC. */
  readonly since: number;
};

/**
 * Nobody could ask for a while: every place in a line by stage is kept for as long as it would have been kept at that instant. Else all
 * that wait would be passed over at once, and whoever asks first would be served first. Nor could a holder say that it lives: each has as
 * long for it from now on as nobody could, or as it had left then, whichever is less.
 *
 * Shape: changes those that wait, and the leases whose heartbeat would be due; answers how many places. Who was silent already stays so.
 * Source: invariants S10 in docs/spec/stages.md and L23 in docs/spec/lease.md.
 */
export function keepPlaces(tx: Transaction, { since }: KeepPlaces): { kept: number } {
  const awayMs = tx.now - since;
  if (awayMs <= 0) return { kept: 0 };
  // A map must not change while it is walked.
  const waiting = [...tx.world.waiters.values()];
  for (const waiter of waiting) {
    const { id, askBy, expiresAt } = waiter;
    tx.put('waiter', id, { ...waiter, askBy: askBy + awayMs, expiresAt: expiresAt + awayMs });
  }
  for (const lease of leasesInNeed(tx, { since, until: tx.now + awayMs })) {
    const heartbeatBy = Math.min(lease.heartbeatBy as number, tx.now) + awayMs;
    tx.put('lease', lease.id, { ...lease, heartbeatBy, version: lease.version + 1 });
  }
  return { kept: waiting.length };
}

/** Leases whose heartbeat is due between two instants; the deadlines before the second are looked at, not all leases. */
function leasesInNeed(tx: Transaction, { since, until }: { since: number; until: number }): HeldLease[] {
  const found: HeldLease[] = [];
  for (const { at, kind, id } of tx.world.deadlines) {
    if (at >= until) break;
    const lease = kind === 'lease' ? tx.world.leases.get(id) : undefined;
    if (lease === undefined || lease.status === 'queued' || lease.heartbeatBy === null) continue;
    if (lease.heartbeatBy > since && lease.heartbeatBy < until) found.push(lease);
  }
  return found;
}
