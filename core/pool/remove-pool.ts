import { finishLease } from '../lease/end-lease.ts';
import type { QueuedLease } from '../model/lease.ts';
import type { Pool } from '../model/pool.ts';
import { requireVersion } from '../world/transaction.ts';
import type { Transaction } from '../world/transaction.ts';

export type RemovePool = { readonly type: 'removePool'; readonly name: string; readonly version?: number };

/**
 * Begins to remove a pool: it takes no request, those that wait for it end, free members are given up, leased ones when
 * they come back; with the last member the pool goes.
 *
 * Errors: `pool_not_found`, `version_mismatch`. Repeating it is harmless.
 */
export function removePool(tx: Transaction, input: RemovePool): Pool {
  const state = tx.requirePool(input.name);
  if (state.pool.status === 'removing') return state.pool;
  requireVersion(state.pool.version, input.version);
  const pool = tx.put('pool', input.name, {
    ...state.pool,
    status: 'removing',
    version: state.pool.version + 1,
  });
  tx.emit('pool.removing', { pool: pool.name });
  for (const lease of waitingFor(tx, pool.name)) finishLease(tx, lease, 'pool_removed');
  return pool;
}

/** The leases that wait for the pool, here or at another on the way to it, in order of their ids. */
function waitingFor(tx: Transaction, pool: string): QueuedLease[] {
  const waiting: QueuedLease[] = [];
  for (const id of tx.world.leaseIds) {
    const lease = tx.world.leases.get(id);
    if (lease?.status === 'queued' && lease.items.some((item) => item.pool === pool)) waiting.push(lease);
  }
  return waiting;
}
