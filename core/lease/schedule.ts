import { invariant } from '../invariant.ts';
import type { LeaseMember, LiveLease, QueuedLease, SetAside } from '../model/lease.ts';
import { nextLeaseStatus } from '../model/lease.ts';
import { nextResourceStatus } from '../model/resource.ts';
import type { Resource } from '../model/resource.ts';
import { isOnOffer } from '../world/lanes.ts';
import { compareWaiting } from '../world/order.ts';
import type { Waiting } from '../world/order.ts';
import type { Transaction } from '../world/transaction.ts';
import type { World } from '../world/world.ts';
import { frontierOf } from './frontier.ts';
import { planGather, topUp } from './gather.ts';
import { needsPreparing, prepareMember } from './prepare-member.ts';
import type { GatherPlan } from './gather.ts';
import { warningOf } from './warn-lease.ts';

/**
 * Brings a queued lease on as far as the world allows: grants it, or sets aside what it waits with.
 *
 * Shape: changes the lease and the resources it gets; emits `lease.granted` when it is granted.
 * Source: invariants L3, L4 and L5 in docs/spec/lease.md.
 */
export function advanceLease(tx: Transaction, lease: QueuedLease): LiveLease {
  const plan = planGather(tx.world, lease);
  for (const from of new Set(plan.taken.map((entry) => entry.from))) {
    giveUpMembers(
      tx,
      from,
      new Set(plan.taken.filter((entry) => entry.from === from).map((entry) => entry.resource)),
    );
  }
  if (plan.isComplete) return grantLease(tx, lease, topUp(tx.world, lease, plan.setAside));
  const isUnchanged =
    plan.setAside.length === lease.setAside.length && tx.world.leases.get(lease.id) === lease;
  if (isUnchanged) return lease;
  return setAsideFor(tx, lease, plan);
}

function setAsideFor(tx: Transaction, lease: QueuedLease, plan: GatherPlan): QueuedLease {
  for (const member of plan.setAside) {
    const resource = tx.world.resources.get(member.resource) as Resource;
    if (resource.leaseId === lease.id) continue;
    tx.put('resource', resource.id, { ...resource, leaseId: lease.id, version: resource.version + 1 });
  }
  return tx.put('lease', lease.id, {
    ...lease,
    setAside: plan.setAside,
    version: lease.version + 1,
  }) as QueuedLease;
}

function grantLease(tx: Transaction, lease: QueuedLease, chosen: readonly SetAside[]): LiveLease {
  const members: LeaseMember[] = [];
  const unprepared: string[] = [];
  for (const { resource: id, item } of chosen) {
    const resource = tx.world.resources.get(id) as Resource;
    const allocated = { ...resource, status: nextResourceStatus(resource, 'allocate') };
    const epoch = resource.epoch + 1;
    const isReady = !needsPreparing(tx, resource.pool, lease);
    if (!isReady) unprepared.push(id);
    tx.put('resource', id, {
      ...resource,
      status: isReady ? nextResourceStatus(allocated, 'prepared') : allocated.status,
      leaseId: lease.id,
      epoch,
      uses: resource.uses + 1,
      since: tx.now,
      version: resource.version + 1,
    });
    members.push({
      resource: id,
      name: resource.name,
      pool: resource.pool,
      kind: resource.kind,
      epoch,
      item,
    });
  }
  const preparing = nextLeaseStatus(lease, 'grant');
  const { setAside: _, ...request } = lease;
  const held = {
    ...request,
    members,
    grantedAt: tx.now,
    expiresAt: tx.now + lease.durationMs,
    heartbeatBy: lease.heartbeatMs === null ? null : tx.now + lease.heartbeatMs,
    ...warningOf(tx, lease, tx.now + lease.durationMs),
    version: lease.version + 1,
  };
  const isPrepared = unprepared.length === 0;
  const status = isPrepared
    ? (nextLeaseStatus({ ...held, status: preparing as 'preparing' }, 'prepared') as 'active')
    : (preparing as 'preparing');
  tx.emit(
    'lease.granted',
    {
      lease: lease.id,
      holder: lease.holder,
      ...(members.length === 1
        ? { resource: members[0]?.resource as string, pool: members[0]?.pool as string }
        : {}),
    },
    {
      resources: members.map(({ resource, name, pool, epoch }) => ({ id: resource, name, pool, epoch })),
      waitedMs: tx.now - lease.createdAt,
      expiresAt: held.expiresAt,
    },
  );
  const granted = { ...held, status };
  tx.put('lease', lease.id, granted);
  for (const id of unprepared) prepareMember(tx, granted, id);
  return tx.world.leases.get(lease.id) as LiveLease;
}

/**
 * Takes members away that are set aside for a queued lease. Where it then has too little in an earlier pool, it gives up
 * what it gathered in later ones too: nobody holds later pools while waiting for an earlier one.
 */
export function giveUpMembers(tx: Transaction, leaseId: string, lost: ReadonlySet<string>): void {
  const lease = tx.world.leases.get(leaseId);
  invariant(lease?.status === 'queued', `lease ${leaseId} has members set aside and is not queued`);
  const kept = { ...lease, setAside: lease.setAside.filter((member) => !lost.has(member.resource)) };
  const frontier = frontierOf(kept);
  const setAside = kept.setAside.filter(
    (member) => frontier === undefined || (kept.items[member.item]?.pool ?? '') <= frontier,
  );
  for (const member of kept.setAside) if (!setAside.includes(member)) tx.toOffer.push(member.resource);
  tx.put('lease', leaseId, { ...kept, setAside, version: lease.version + 1 });
  tx.toAdvance.push(leaseId);
}

/** Gives a resource that is on offer to the first in order who waits for one like it; to nobody, when nobody does. */
export function offerResource(tx: Transaction, id: string): void {
  for (let resource = tx.world.resources.get(id); resource !== undefined && isOnOffer(resource);) {
    const next = nextInLine(tx.world, resource);
    if (next === undefined) return;
    const lease = tx.world.leases.get(next.lease);
    invariant(lease?.status === 'queued', `lease ${next.lease} waits in a line and is not queued`);
    const version = lease.version;
    const after = advanceLease(tx, lease);
    invariant(after.version !== version, `lease ${lease.id} waits for resource ${id} and has no use for it`);
    resource = tx.world.resources.get(id);
  }
}

/** Who gets a resource: the first of those who wait first in each lane that it fits. */
export function nextInLine(world: World, resource: Resource): Waiting | undefined {
  const state = world.pools.get(resource.pool);
  if (state === undefined || state.queue.size === 0) return undefined;
  const compare = compareWaiting(state.pool.lease.queue, state.shareOf);
  let best: Waiting | undefined;
  for (const lane of state.lanes.fitting(resource)) {
    const first = lane.waiting.first();
    if (first !== undefined && (best === undefined || compare(first, best) < 0)) best = first;
  }
  return best;
}
