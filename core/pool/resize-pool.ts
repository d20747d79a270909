import { ID_PREFIX } from '../ids.ts';
import type { Pool } from '../model/pool.ts';
import { templateTraits } from '../model/pool.ts';
import type { Resource } from '../model/resource.ts';
import { retireResource, startJob } from '../resource/turnover.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { Transaction } from '../world/transaction.ts';

/** Characters of the id in the name of a member that the pool made. */
const NAME_SUFFIX_LENGTH = 6;

/**
 * How many members the pool has or is about to have; one that leaves or is quarantined does not count, unless the pool is being
 * removed: then it goes with the last that has not left.
 */
export function memberCount(state: PoolState): number {
  if (state.pool.status === 'removing') return state.members.size - state.counts.exiting;
  const { requested, entering, free, preparing, leased, cleaning, standby } = state.counts;
  return requested + entering + free + preparing + leased + cleaning + standby;
}

/**
 * How many members the pool should have now; null where it does not size itself.
 *
 * With a buffer: what is in use, what waiting requests want and a new member could be, and the buffer on top.
 */
export function targetSize(state: PoolState): number | null {
  const { size, status } = state.pool;
  if (status === 'removing') return 0;
  if (size === null) return null;
  if ('desired' in size) return size.desired;
  const { preparing, leased, cleaning } = state.counts;
  const busy = preparing + leased + cleaning + state.setAsideCount;
  const wanted = busy + state.makeableDemand() + size.buffer;
  return Math.min(size.max, Math.max(size.min, wanted));
}

/**
 * Brings a pool a step towards its size: asks for members, or gives up free ones that may be evicted.
 *
 * Shape: at most `budget` resources; a pool that is not there yet stays unsettled. Nothing that is leased or set aside is taken.
 * Source: invariants P1 to P4 in docs/spec/pool.md.
 */
export function resizePool(tx: Transaction, name: string, budget: number): number {
  const state = tx.world.pools.get(name);
  if (state === undefined) return 0;
  const target = targetSize(state);
  if (target === null) return 0;
  const missing = target - memberCount(state);
  const steps = Math.min(Math.abs(missing), budget);
  if (missing > 0) for (let step = 0; step < steps; step += 1) requestMember(tx, state.pool);
  const victims = missing < 0 ? chooseVictims(tx, state, steps) : [];
  for (const victim of victims) retireResource(tx, victim, reasonOf(state.pool));
  const done = missing > 0 ? steps : victims.length;
  if (state.pool.status === 'removing' && state.members.size === 0) removePool(tx, state.pool);
  else if (done === budget) tx.world.unsettledPools.add(name);
  else tx.world.unsettledPools.delete(name);
  return done;
}

function reasonOf(pool: Pool): string {
  return pool.status === 'removing' ? 'the pool is being removed' : 'the pool has more than its size';
}

function removePool(tx: Transaction, pool: Pool): void {
  tx.remove('pool', pool.name);
  tx.emit('pool.removed', { pool: pool.name });
}

function requestMember(tx: Transaction, pool: Pool): void {
  const id = tx.context.newId(ID_PREFIX.resource);
  const { labels, params } = templateTraits(pool.template);
  const resource = tx.put('resource', id, {
    id,
    name: nameOfMember(tx, pool.name, id),
    pool: pool.name,
    kind: pool.kind,
    provider: pool.provider,
    status: 'requested',
    hold: null,
    epoch: 0,
    version: 1,
    labels,
    params,
    addresses: [],
    endpoints: {},
    externalId: null,
    machine: 'REQUESTED',
    liveness: 'UNKNOWN',
    unhealthySince: null,
    isEvictable: true,
    createdAt: tx.now,
    since: tx.now,
    uses: 0,
    leaseId: null,
    fate: 'recycle',
    templateRevision: pool.templateRevision,
  });
  tx.emit('resource.requested', { resource: id, pool: pool.name }, { name: resource.name });
  startJob(tx, 'create', resource);
}

/** The pool's name and the end of the id: as much of it as tells the members apart. */
function nameOfMember(tx: Transaction, pool: string, id: string): string {
  const taken = tx.world.pools.get(pool)?.idByName;
  for (let length = NAME_SUFFIX_LENGTH; length < id.length; length += 2) {
    const name = `${pool}-${id.slice(-length)}`;
    if (taken?.has(name) !== true) return name;
  }
  return `${pool}-${id}`;
}

/**
 * Those that are still being made go first, then free ones; the newest or the oldest, as the pool says. A pool that is being
 * removed gives up whatever nobody holds; any other keeps what may not be evicted.
 */
function chooseVictims(tx: Transaction, state: PoolState, wanted: number): Resource[] {
  const { requested, entering, quarantined, standby } = state.counts;
  const isRemoving = state.pool.status === 'removing';
  const victims: Resource[] = [];
  const resourceOf = (id: string) => tx.world.resources.get(id) as Resource;
  const take = (ids: Iterable<string>, limit: number, isCandidate: (resource: Resource) => boolean) => {
    const end = Math.min(wanted, victims.length + limit);
    for (const id of ids) {
      if (victims.length >= end) return;
      if (isCandidate(resourceOf(id))) victims.push(resourceOf(id));
    }
  };
  const members = state.pool.victims === 'newest' ? state.members.backwards() : state.members.after();
  const evictable = state.pool.victims === 'newest' ? state.evictable.backwards() : state.evictable.after();
  take(
    members,
    requested + entering,
    ({ status, isEvictable }) =>
      (status === 'requested' || status === 'entering') && (isRemoving || isEvictable),
  );
  if (!isRemoving) {
    take(evictable, wanted, () => true);
    return victims;
  }
  take(idsOf(state.lanes.everything.free), wanted, () => true);
  take(
    state.members,
    quarantined + standby,
    ({ status }) => status === 'quarantined' || status === 'standby',
  );
  return victims;
}

function* idsOf(resources: Iterable<Resource>): Generator<string, void, undefined> {
  for (const resource of resources) yield resource.id;
}
