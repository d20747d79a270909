import type { JsonObject, PoolState, Resource, World } from '@poolkeeper/core';
import { poolOf } from './parts.ts';
import type { AcctpoolParts } from './parts.ts';

type AccountState = 'available' | 'reserved' | 'dirty' | 'cleaning' | 'quarantined';
type Counts = Record<AccountState, number> & { pending: number; active: number };

/** Numbers of the whole, and of each type: nothing in it says who or what. */
export function viewStatistics(world: World, { tokens, types }: AcctpoolParts, now: number): JsonObject {
  const counted = types.map(({ name }) => ({
    name,
    counts: countPool(world, world.pools.get(poolOf(name)), now),
  }));
  const all = noCounts();
  for (const { counts } of counted)
    for (const key of Object.keys(all) as (keyof Counts)[]) all[key] += counts[key];
  const total = all.pending + all.active;
  return {
    tokens: tokens.size,
    reservations: total,
    accounts: accountsOf(all),
    total_reservations: total,
    ...view(all),
    types: Object.fromEntries(counted.map(({ name, counts }) => [name, view(counts)])),
  };
}

function view(counts: Counts): JsonObject {
  return {
    pending_reservations: counts.pending,
    active_reservations: counts.active,
    total_accounts: accountsOf(counts),
    available_accounts: counts.available,
    reserved_accounts: counts.reserved,
    dirty_accounts: counts.dirty,
    cleaning_accounts: counts.cleaning,
    quarantined_accounts: counts.quarantined,
  };
}

function countPool(world: World, state: PoolState | undefined, now: number): Counts {
  const counts = noCounts();
  if (state === undefined) return counts;
  counts.pending = state.queue.size;
  for (const id of state.members) {
    const resource = world.resources.get(id) as Resource;
    const accountState = stateOf(world, resource);
    if (accountState === undefined) continue;
    counts[accountState] += 1;
    const lease = accountState === 'reserved' ? world.leases.get(resource.leaseId ?? '') : undefined;
    if (lease === undefined || lease.status === 'queued') continue;
    if (lease.status === 'preparing') counts.pending += 1;
    // What is over by the clock is over, also when nobody has taken it back yet.
    else if (lease.expiresAt > now) counts.active += 1;
  }
  return counts;
}

/** Undefined: it is on its way out, and no longer one of ours. */
function stateOf(world: World, resource: Resource): AccountState | undefined {
  switch (resource.status) {
    case 'free':
      return resource.hold === null ? 'available' : 'dirty';
    case 'preparing':
    case 'leased':
      return 'reserved';
    case 'requested':
    case 'entering':
    case 'cleaning':
      return isBeingCleaned(world, resource) ? 'cleaning' : 'dirty';
    case 'standby':
      return 'dirty';
    case 'quarantined':
      return 'quarantined';
    case 'exiting':
    case 'gone':
      return undefined;
  }
}

/** Work on it goes on, or it rests after that. What waits for a person, or for another attempt, is dirty. */
function isBeingCleaned(world: World, { id, hold }: Resource): boolean {
  const job = world.jobs.get(world.jobOfResource.get(id) ?? '');
  return hold === null && (job === undefined || job.attempts === 0);
}

function accountsOf(counts: Counts): number {
  return counts.available + counts.reserved + counts.dirty + counts.cleaning + counts.quarantined;
}

function noCounts(): Counts {
  return { pending: 0, active: 0, available: 0, reserved: 0, dirty: 0, cleaning: 0, quarantined: 0 };
}
