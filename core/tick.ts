import { finishDueStep } from './job/finish-step.ts';
import { finishLease } from './lease/end-lease.ts';
import { warnLease } from './lease/warn-lease.ts';
import { endRest } from './resource/turnover.ts';
import { endLife } from './stage/keep-dynamic.ts';
import { lookWhenDue } from './upkeep/looks.ts';
import { roundWhenDue } from './upkeep/rounds.ts';
import type { Transaction } from './world/transaction.ts';
import type { World } from './world/world.ts';

/** Deadlines that one decision handles; more are due at once and come in the next, so that requests get their turn. */
export const TICK_BATCH_MAX = 128;

export type Tick = { readonly type: 'tick' };

/**
 * Does what is due: ends leases whose time or heartbeat is over, warns of those that soon are, ends steps that only wait and rests,
 * begins looks and updates of upkeeps, lets members go that have lived long enough, forgets expired tokens, receipts and places in queues.
 *
 * Shape: at most `TICK_BATCH_MAX` deadlines, the earliest first; answers how many.
 */
export function tick(tx: Transaction): { handled: number } {
  for (let handled = 0; handled < TICK_BATCH_MAX; handled += 1) {
    const due = tx.world.deadlines.first();
    if (due === undefined || due.at > tx.now) return { handled };
    if (due.kind === 'receipt') {
      tx.remove('receipt', due.id);
    } else if (due.kind === 'token') {
      const token = tx.require('token', due.id);
      tx.remove('token', due.id);
      tx.emit('token.revoked', {}, { id: token.id, name: token.name, reason: 'expired' });
    } else if (due.kind === 'warning') {
      warnLease(tx, due.id);
    } else if (due.kind === 'run') {
      finishDueStep(tx, due.id);
    } else if (due.kind === 'resource') {
      endRest(tx, tx.require('resource', due.id));
    } else if (due.kind === 'stage') {
      endLife(tx, tx.require('resource', due.id));
    } else if (due.kind === 'waiter') {
      tx.remove('waiter', due.id);
    } else if (due.kind === 'look') {
      lookWhenDue(tx, due.id);
    } else if (due.kind === 'round') {
      roundWhenDue(tx, due.id);
    } else {
      const lease = tx.require('lease', due.id);
      const isExpired = lease.status === 'queued' || lease.expiresAt <= tx.now;
      finishLease(tx, lease, isExpired ? 'expired' : 'heartbeat_missed');
    }
  }
  return { handled: TICK_BATCH_MAX };
}

/** When the world wants its next tick, in milliseconds UTC; undefined when nothing is due ever. */
export function nextTickAt(world: World): number | undefined {
  if (world.unsettledPools.size > 0) return world.meta.instant;
  return world.deadlines.first()?.at;
}
