import { Refusal } from '../errors.ts';
import { finishLease } from '../lease/end-lease.ts';
import type { QueuedLease } from '../model/lease.ts';
import type { Pool } from '../model/pool.ts';
import { dropWaiters } from '../stage/drop-waiters.ts';
import { upkeepOfPool } from '../upkeep/owner.ts';
import { requireVersion } from '../world/transaction.ts';
import type { Transaction } from '../world/transaction.ts';
import { requireNothingUnder } from './pool-tree.ts';
import { requireNoSplitter } from './split-pool.ts';

export type RemovePool = { readonly type: 'removePool'; readonly name: string; readonly version?: number };

/**
 * Begins to remove a pool: it takes no request, those that wait for it end, free members are given up, leased ones when
 * they come back; with the last member the pool goes.
 *
 * Errors: `pool_not_found`, `pool_of_upkeep`, `version_mismatch`, `pool_has_children`, also while another pool divides its size over it.
 * Repeating it is harmless.
 */
export function removePool(tx: Transaction, input: RemovePool): Pool {
  const state = tx.requirePool(input.name);
  if (state.pool.status === 'removing') return state.pool;
  requireVersion(state.pool.version, input.version);
  requireNoUpkeep(tx, input.name);
  requireNothingUnder(tx, input.name);
  requireNoSplitter(tx, input.name);
  return giveUpPool(tx, input.name);
}

/** Refuses what only its cloud pool instance may do with a pool. */
function requireNoUpkeep(tx: Transaction, name: string): void {
  const upkeep = upkeepOfPool(tx.world, name);
  if (upkeep === undefined) return;
  throw new Refusal(
    'pool_of_upkeep',
    `Pool "${name}" belongs to the cloud pool instance "${upkeep.name}" and goes with it. Remove that instead.`,
  );
}

/** The same without a look at what hangs under the pool, for who removes many and looks when all are going. */
export function giveUpPool(tx: Transaction, name: string): Pool {
  const state = tx.requirePool(name);
  const pool = tx.put('pool', name, {
    ...state.pool,
    status: 'removing',
    version: state.pool.version + 1,
  });
  tx.emit('pool.removing', { pool: pool.name });
  dropWaiters(tx, pool.name);
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
