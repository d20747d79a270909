import type { Leak } from '../model/leak.ts';
import { templateTraits } from '../model/pool.ts';
import type { Pool } from '../model/pool.ts';
import { startJob } from '../job/start-job.ts';
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
  const pool = state?.pool;
  if (pool?.leaks !== 'destroy' || pool.provider !== leak.provider) return;
  if (tx.world.resources.has(leak.resource) || !OUR_ID.test(leak.resource)) return;
  const name = `leak-${leak.resource}`;
  if (state?.idByName.has(name) === true) return;
  tx.remove('leak', leak.id);
  const resource = tx.put('resource', leak.resource, { ...exitingOf(pool, leak), name, since: tx.now });
  const reason = 'it belonged to nobody, and its pool has leaks destroyed';
  tx.emit(
    'resource.exiting',
    { resource: resource.id, pool: pool.name },
    { reason, externalId: leak.externalId },
  );
  startJob(tx, { kind: 'destroy' }, resource);
}

function exitingOf({ name: pool, kind, provider, template, templateRevision }: Pool, leak: Leak) {
  const { labels, params } = templateTraits(template);
  return {
    id: leak.resource,
    pool,
    kind,
    provider,
    status: 'exiting' as const,
    hold: null,
    epoch: 0,
    version: 1,
    labels,
    params,
    addresses: leak.addresses,
    endpoints: {},
    externalId: leak.externalId,
    machine: leak.machine,
    liveness: 'UNKNOWN' as const,
    unhealthySince: null,
    isEvictable: true,
    createdAt: leak.firstSeenAt,
    madeAt: leak.firstSeenAt,
    uses: 0,
    leaseId: null,
    fate: 'recycle' as const,
    templateRevision,
    profiles: [],
    run: null,
    turnover: null,
    chain: null,
    destination: null,
    restsUntil: null,
  };
}
