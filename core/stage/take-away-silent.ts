import { finishLeaseAt } from '../lease/end-lease.ts';
import type { HeldLease } from '../model/lease.ts';
import type { Resource } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';
import { requireText } from './require-staged.ts';
import { stageAt } from './stage-of.ts';

/** Members that one decision takes away; who asks again gets the next. */
export const TAKEN_AWAY_MAX = 10_000;

export type TakeAwaySilent = {
  readonly type: 'takeAwaySilent';
  readonly pool: string;
  readonly stage: string;
  readonly dest: string;
  /** Of members whose holder said nothing for so long; zero or less: of all that are held. */
  readonly silentMs: number;
};

/**
 * Takes members away from holders that are silent, the longest silent first.
 *
 * Shape: ends their leases; answers who had what, by name; nobody where there is no such pool. What is lent natively has its own clock and
 * stays.
 * Errors: `invalid_input`.
 */
export function takeAwaySilent(tx: Transaction, input: TakeAwaySilent): Readonly<Record<string, string>> {
  requireText('dest', input.dest);
  const silent = findSilent(tx, input);
  const holders: [string, string][] = [];
  for (const { name, leaseId } of silent) {
    const lease = tx.world.leases.get(leaseId ?? '') as HeldLease;
    holders.push([name, lease.holder]);
    finishLeaseAt(tx, lease, { endReason: 'heartbeat_missed', dest: input.dest });
  }
  return Object.fromEntries(holders);
}

function findSilent(tx: Transaction, { pool, stage, silentMs }: TakeAwaySilent): Resource[] {
  const silent: Resource[] = [];
  for (const resource of tx.world.pools.get(pool)?.staged?.held(stage) ?? []) {
    if (tx.now - stageAt(resource) < silentMs || silent.length === TAKEN_AWAY_MAX) break;
    silent.push(resource);
  }
  return silent;
}
