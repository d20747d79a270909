import type { Leak } from '../model/leak.ts';
import { startJob } from '../job/start-job.ts';
import { whoIsNamed } from '../resource/who-is-named.ts';
import { newResource } from '../resource/new-resource.ts';
import type { Transaction } from '../world/transaction.ts';

/** Only such a tag is one that we gave; any other thing is left to people. */
export const OUR_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

/**
 * Has a leak destroyed where the pool that its tag names says so: it is taken in as a resource that is on its way out, so that
 * its end is asked for, repeated, held and proven as that of any other.
 *
 * A second thing of a live resource is never touched: its tag is that of the thing that is in use.
 * Shape: the leak becomes a resource that is exiting, with its job; emits `resource.exiting`.
 */
export function adoptLeak(tx: Transaction, leak: Leak): void {
  const state = leak.pool === null ? undefined : tx.world.pools.get(leak.pool);
  if (state?.pool.leaks !== 'destroy' || state.pool.provider !== leak.provider) return;
  const { pool } = state;
  if (tx.world.resources.has(leak.resource) || !OUR_ID.test(leak.resource)) return;
  const name = `leak-${leak.resource}`;
  if (whoIsNamed(tx.world, state, { name }) !== undefined) return;
  tx.remove('leak', leak.id);
  const { resource: id, addresses, externalId, machine, firstSeenAt } = leak;
  const seen = { addresses, externalId, machine, createdAt: firstSeenAt, madeAt: firstSeenAt };
  const exiting = newResource(pool, { id, name, status: 'exiting', ...seen, since: tx.now });
  const resource = tx.put('resource', id, exiting);
  const reason = 'it belonged to nobody, and its pool has leaks destroyed';
  tx.emit('resource.exiting', { resource: id, pool: pool.name }, { reason, externalId });
  startJob(tx, { kind: 'destroy' }, resource);
}
