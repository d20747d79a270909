import { Refusal } from '../errors.ts';
import { nextLeaseStatus } from '../model/lease.ts';
import type { EndedLease, LeaseEndReason, LiveLease } from '../model/lease.ts';
import { DIRTY_STAGE } from '../model/stage.ts';
import { takeBack } from '../resource/turnover.ts';
import type { Leaver } from '../resource/turnover.ts';
import { requireVersion } from '../world/transaction.ts';
import type { Transaction } from '../world/transaction.ts';
import { subjectOf } from './lease-subject.ts';

export type EndLease = {
  readonly type: 'endLease';
  readonly lease: string;
  /** Who ends it: the holder itself, or (null) somebody with the right to end every lease. */
  readonly asHolder: string | null;
  readonly version?: number;
};

/**
 * Ends a lease that its holder, or an operator, no longer wants.
 *
 * Shape: removes the lease from the live world; its resources are taken back; emits `lease.ended`.
 * Errors: `lease_not_found`, also for a lease that ended before or is another holder's; `version_mismatch`.
 */
export function endLease(tx: Transaction, input: EndLease): EndedLease {
  const lease = requireOwnLease(tx, input.lease, input.asHolder, input.version);
  if (input.asHolder === null) return finishLease(tx, lease, 'ended_by_operator');
  return finishLease(tx, lease, lease.status === 'queued' ? 'cancelled' : 'released');
}

/** The live lease, if it is the holder's; another's does not exist for a holder. */
export function requireOwnLease(
  tx: Transaction,
  id: string,
  asHolder: string | null,
  version?: number,
): LiveLease {
  const lease = tx.require('lease', id);
  if (asHolder !== null && lease.holder !== asHolder) {
    throw new Refusal('lease_not_found', `There is no live lease "${id}".`);
  }
  requireVersion(lease.version, version);
  return lease;
}

/** Takes back all that the lease has, for whatever reason it is over. What it had set aside goes to the next in line. */
export function finishLease(tx: Transaction, lease: LiveLease, endReason: LeaseEndReason): EndedLease {
  return finishLeaseAt(tx, lease, { endReason, dest: DIRTY_STAGE });
}

/** The same, with the stage that its members come back to where they are handed over by stage. */
export function finishLeaseAt(
  tx: Transaction,
  lease: LiveLease,
  { endReason, dest }: { readonly endReason: LeaseEndReason; readonly dest: string },
): EndedLease {
  const ended = asEnded(lease, endReason, tx.now);
  tx.endLease(ended);
  tx.emit('lease.ended', subjectOf(ended), {
    reason: endReason,
    resources: ended.members.map(({ resource, name, pool, epoch }) => ({ id: resource, name, pool, epoch })),
  });
  if (lease.status !== 'queued') {
    for (const member of lease.members) takeBack(tx, member.resource, { ...leaverOf(lease), dest });
  }
  if (lease.status === 'queued') for (const member of lease.setAside) tx.toOffer.push(member.resource);
  return ended;
}

function leaverOf({ id, holder, labels, note, on }: LiveLease): Leaver {
  return { id, holder, labels, note, ...(on === undefined ? {} : { on }) };
}

/** The lease as history keeps it: over as soon as its holder has lost it. What becomes of its resources is their turnover. */
function asEnded(lease: LiveLease, endReason: LeaseEndReason, endedAt: number): EndedLease {
  const end = { endReason, endedAt, version: lease.version + 1 };
  if (lease.status === 'queued') {
    const { setAside: _, ...request } = lease;
    const status = nextLeaseStatus(lease, 'end') as 'ended';
    return { ...request, ...end, status, members: [], grantedAt: null, expiresAt: null };
  }
  const { heartbeatBy: _, warnAt: _warning, ...request } = lease;
  const ending = { ...lease, status: nextLeaseStatus(lease, 'end') as 'ending' };
  return { ...request, ...end, status: nextLeaseStatus(ending, 'turnedOver') as 'ended' };
}
