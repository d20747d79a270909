import { formatDuration } from '../duration.ts';
import { Refusal, refuseInput } from '../errors.ts';
import { deadlineOf } from '../model/lease.ts';
import type { HeldLease, LiveLease } from '../model/lease.ts';
import type { TokenQuota } from '../model/token.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { Transaction } from '../world/transaction.ts';
import { requireOwnLease } from './end-lease.ts';
import { poolsInOrder } from './frontier.ts';
import { subjectOf } from './lease-subject.ts';
import { longestDuration } from './request-lease.ts';
import { warningOf } from './warn-lease.ts';

export type RenewLease = {
  readonly type: 'renewLease';
  readonly lease: string;
  readonly asHolder: string | null;
  /** From now; absent: as long as was asked for at first. */
  readonly durationMs?: number;
  readonly quota?: TokenQuota;
  readonly version?: number;
};

/**
 * Makes an active lease last `durationMs` from now, but never longer from its grant than its pools allow, and never shorter
 * than it lasts already.
 *
 * Errors: `lease_not_found`; `lease_not_active`; `lease_at_maximum` when it lasts as long as is allowed already.
 */
export function renewLease(tx: Transaction, input: RenewLease): HeldLease {
  const lease = requireOwnLease(tx, input.lease, input.asHolder, input.version);
  if (lease.status !== 'active') {
    throw new Refusal(
      'lease_not_active',
      `Lease ${lease.id} is ${lease.status}; its time counts from its grant.`,
    );
  }
  requireInTime(tx, lease);
  const durationMs = input.durationMs ?? lease.durationMs;
  if (!Number.isFinite(durationMs) || durationMs < 1)
    throw refuseInput('/duration', 'duration is more than 0');
  const pools = poolsInOrder(lease.items).map((name) => tx.world.pools.get(name) as PoolState);
  const maxMs = longestDuration(pools, input.quota);
  // A person's thinking is nobody's time.
  const latest = lease.grantedAt + maxMs + (lease.putOffMs ?? 0);
  if (lease.expiresAt >= latest) {
    throw new Refusal(
      'lease_at_maximum',
      `Lease ${lease.id} already lasts the ${formatDuration(maxMs)} that are allowed. End it and ask for a new one.`,
    );
  }
  const expiresAt = Math.max(lease.expiresAt, Math.min(tx.now + durationMs, latest));
  const heartbeatBy = lease.heartbeatMs === null ? null : tx.now + lease.heartbeatMs;
  tx.emit('lease.renewed', subjectOf(lease), { expiresAt, pools: pools.map(({ pool }) => pool.name) });
  const { warnAt: _, ...rest } = lease;
  return tx.put('lease', lease.id, {
    ...rest,
    expiresAt,
    heartbeatBy,
    ...warningOf(tx, lease, expiresAt),
    version: lease.version + 1,
  }) as HeldLease;
}

/** A lease is over at its deadline, also where the tick that ends it has yet to come. */
function requireInTime(tx: Transaction, lease: HeldLease): void {
  if (deadlineOf(lease) > tx.now) return;
  throw new Refusal('lease_not_active', `The time of lease ${lease.id} is over. Ask for a new one.`);
}

export type HeartbeatLease = {
  readonly type: 'heartbeatLease';
  readonly lease: string;
  readonly asHolder: string | null;
};

/**
 * Says that the holder still lives. Without effect on a lease that waits, or that asked for no heartbeat.
 *
 * Errors: `lease_not_found`, also when the lease has ended: the holder must stop using its resources.
 */
export function heartbeatLease(tx: Transaction, input: HeartbeatLease): LiveLease {
  const lease = requireOwnLease(tx, input.lease, input.asHolder);
  if (lease.status === 'queued') return lease;
  requireInTime(tx, lease);
  if (lease.heartbeatMs === null) return lease;
  return tx.put('lease', lease.id, {
    ...lease,
    heartbeatBy: tx.now + lease.heartbeatMs,
    version: lease.version + 1,
  });
}
