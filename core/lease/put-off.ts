import type { HeldLease } from '../model/lease.ts';
import type { Run } from '../model/run.ts';
import type { Transaction } from '../world/transaction.ts';
import { warningOf } from './warn-lease.ts';

/** Until when a run waits for a person's word at the most; null where it does not wait for one. */
function waitsUntil(run: Run | undefined): number | null {
  const isWaiting = run?.status === 'running' && run.steps[run.at]?.uses === 'approval';
  return isWaiting ? run.dueAt : null;
}

/**
 * The time of a lease does not count while a person is asked about one of its members before it is active: its end is put off by as long
 * as the question may take, and what is left of that is taken back with the answer. Several questions at once count once.
 *
 * Shape: changes the lease of a run that begins to wait or waits no more, `after` undefined: it is over. For every change of a run.
 * Source: invariant L22 in docs/spec/lease.md.
 */
export function followWait(tx: Transaction, before: Run, after: Run | undefined): void {
  const [was, is] = [waitsUntil(before), waitsUntil(after)];
  if (was === is || before.transition !== 'allocate' || before.lease === null) return;
  const lease = tx.world.leases.get(before.lease);
  if (lease?.status !== 'preparing' || !isMember(tx, lease, before.resource)) return;
  const others = waitOfOthers(tx, lease, before.resource);
  const shift = Math.max(is ?? tx.now, others) - Math.max(was ?? tx.now, others);
  if (shift !== 0) putOff(tx, lease, shift);
}

function isMember(tx: Transaction, { id }: HeldLease, resource: string): boolean {
  return tx.world.resources.get(resource)?.leaseId === id;
}

/** Until when the other members wait at the most; now, where none does. */
function waitOfOthers(tx: Transaction, { members }: HeldLease, resource: string): number {
  let until = tx.now;
  for (const member of members) {
    if (member.resource === resource) continue;
    const run = tx.world.runs.get(tx.world.resources.get(member.resource)?.run ?? '');
    if (run?.transition === 'allocate') until = Math.max(until, waitsUntil(run) ?? until);
  }
  return until;
}

function putOff(tx: Transaction, before: HeldLease, shiftMs: number): void {
  const { warnAt: _, ...lease } = before;
  const expiresAt = lease.expiresAt + shiftMs;
  tx.put('lease', lease.id, {
    ...lease,
    expiresAt,
    putOffMs: (lease.putOffMs ?? 0) + shiftMs,
    ...warningOf(tx, lease, expiresAt),
    version: lease.version + 1,
  });
}
