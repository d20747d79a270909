import { fitsSelector } from '../filter/selector.ts';
import { isSameJson } from '../json.ts';
import type { Json } from '../json.ts';
import { isForRunners } from '../job/claim-job.ts';
import { openItems, poolsInOrder, setAsideCounts } from '../lease/frontier.ts';
import { fitsOf } from '../lease/gather.ts';
import { nextInLine } from '../lease/schedule.ts';
import type { LeaseItem } from '../model/lease.ts';
import { ancestorsOf } from '../pool/pool-tree.ts';
import { isKeptBack } from '../resource/health.ts';
import { memberCount, rolloutCount, targetSize } from '../pool/resize-pool.ts';
import { checkStages, stageFacts } from './check-stages.ts';
import { checkCredentials } from './check-credentials.ts';
import { checkUpkeeps } from './check-upkeeps.ts';
import type { Report } from './check-upkeeps.ts';
import { isOnOffer } from './lanes.ts';
import type { ResourceStatus } from '../model/resource.ts';
import type { PoolState } from './pool-state.ts';
import { isStanding } from '../stage/stage-of.ts';
import { createWorld, DOCUMENT_KINDS, putDocument } from './world.ts';
import type { World } from './world.ts';

/** A rule that the world breaks: the number of the invariant in `docs/spec/`, and what is wrong. */
export type Violation = { readonly invariant: string; readonly detail: string };

/**
 * Looks whether the world keeps every invariant that can be seen in one moment. For tests and the simulation: it looks at
 * everything, so its cost grows with the world.
 */
export function checkWorld(world: World): Violation[] {
  const violations: Violation[] = [];
  const report = (invariant: string, detail: string): void => void violations.push({ invariant, detail });
  checkHolders(world, report);
  checkSetAside(world, report);
  checkQueues(world, report);
  checkQuotas(world, report);
  checkJobs(world, report);
  checkHealth(world, report);
  checkLeaks(world, report);
  checkRuns(world, report);
  checkTurnovers(world, report);
  checkSizes(world, report);
  checkRollouts(world, report);
  checkTree(world, report);
  checkUpkeeps(world, report);
  checkStages(world, report);
  checkCredentials(world, report);
  // A fresh world cannot be derived from members without a pool.
  if (!violations.some(({ invariant }) => invariant === 'R4')) checkDerived(world, report);
  return violations;
}

/** R1: one holder each. R2: who holds and what is held agree, at the same epoch. R13: names tell members apart. */
function checkHolders(world: World, report: Report): void {
  const holderOf = new Map<string, string>();
  for (const lease of world.leases.values()) {
    if (lease.status === 'queued') continue;
    for (const member of lease.members) {
      const other = holderOf.get(member.resource);
      if (other !== undefined) report('R1', `${member.resource} is held by ${other} and ${lease.id}`);
      holderOf.set(member.resource, lease.id);
      const resource = world.resources.get(member.resource);
      if (resource?.leaseId !== lease.id)
        report('R2', `${lease.id} holds ${member.resource}, which has ${resource?.leaseId}`);
      if (resource?.epoch !== member.epoch)
        report('R2', `${lease.id} holds ${member.resource} at an old epoch`);
      if (resource?.status !== 'leased' && resource?.status !== 'preparing') {
        report('R2', `${lease.id} holds ${member.resource}, which is ${resource?.status}`);
      }
    }
    lease.items.forEach((item, index) => {
      const has = lease.members.filter((member) => member.item === index);
      if (has.length < item.minimum || has.length > item.count) {
        report('L1', `${lease.id} has ${has.length} for item ${index}, not ${item.minimum} to ${item.count}`);
      }
    });
  }
  for (const state of world.pools.values()) {
    if (state.idByName.size !== state.members.size)
      report('R13', `two members of ${state.pool.name} share a name`);
  }
  for (const resource of world.resources.values()) {
    // What could not be prepared for a lease that got another is nobody's, and held for a person.
    const isNobodys = resource.status === 'preparing' && resource.leaseId === null && resource.run !== null;
    const isOut = resource.status === 'leased' || (resource.status === 'preparing' && !isNobodys);
    if (isOut !== holderOf.has(resource.id))
      report('R2', `${resource.id} is ${resource.status} and held by ${holderOf.get(resource.id)}`);
    if (resource.status === 'gone') report('R3', `${resource.id} is gone and still in memory`);
    if (!world.pools.has(resource.pool))
      report('R4', `${resource.id} is in pool ${resource.pool}, which is not there`);
  }
}

/** L4 and L9: what is set aside is free and needed, belongs to one queued lease, and nobody waits for a pool while having later ones. */
function checkSetAside(world: World, report: Report): void {
  const ownerOf = new Map<string, string>();
  for (const lease of world.leases.values()) {
    if (lease.status !== 'queued') continue;
    const pools = poolsInOrder(lease.items);
    const frontier = pools.find((pool) => openItems(lease, pool).length > 0);
    if (frontier === undefined) report('L2', `${lease.id} has all it needs and is not granted`);
    setAsideCounts(lease).forEach((count, index) => {
      const { minimum } = lease.items[index] as LeaseItem;
      if (count > minimum)
        report('L9', `${lease.id} has ${count} set aside for item ${index}, which needs ${minimum}`);
    });
    for (const member of lease.setAside) {
      const resource = world.resources.get(member.resource);
      if (resource?.status !== 'free' || resource.leaseId !== lease.id) {
        report(
          'L4',
          `${member.resource} is set aside for ${lease.id} and is ${resource?.status} with ${resource?.leaseId}`,
        );
        continue;
      }
      ownerOf.set(member.resource, lease.id);
      const item = lease.items[member.item];
      if (item === undefined || item.pool !== resource.pool || !fitsSelector(resource, item)) {
        report('L4', `${member.resource} does not fit item ${member.item} of ${lease.id}`);
      }
      if (frontier !== undefined && resource.pool > frontier) {
        report('L5', `${lease.id} waits at ${frontier} and has ${member.resource} of ${resource.pool}`);
      }
    }
  }
  for (const resource of world.resources.values()) {
    const isSetAside = resource.status === 'free' && resource.leaseId !== null;
    if (isSetAside && ownerOf.get(resource.id) !== resource.leaseId) {
      report('L4', `${resource.id} is set aside for ${resource.leaseId}, which does not know it`);
    }
  }
}

/** L3: nobody waits for what is on offer; who waits is in line. Looked at from the leases, not from the lines. */
function checkQueues(world: World, report: Report): void {
  const onOffer = [...world.resources.values()].filter(isOnOffer);
  for (const resource of onOffer) {
    if (nextInLine(world, resource) !== undefined)
      report('L3', `${resource.id} is on offer and somebody waits for it`);
  }
  for (const lease of world.leases.values()) {
    if (lease.status !== 'queued') continue;
    const frontier = poolsInOrder(lease.items).find((pool) => openItems(lease, pool).length > 0);
    if (frontier === undefined) continue;
    const open = openItems(lease, frontier);
    for (const resource of onOffer) {
      const fits = resource.pool === frontier ? fitsOf(lease.items, resource) : 0;
      if (open.some((item) => (fits & (1 << item)) !== 0)) {
        report('L3', `${lease.id} waits for what ${resource.id} is, which is on offer`);
      }
    }
  }
}

/** Q1: nobody has or waits for more than the pool's quota. Only where the quota did not change since. */
function checkQuotas(world: World, report: Report): void {
  for (const state of world.pools.values()) {
    const { perHolder } = state.pool.quota;
    if (perHolder === undefined) continue;
    const wished = new Map<string, number>();
    for (const lease of world.leases.values()) {
      const count =
        lease.status === 'queued'
          ? lease.items.reduce((sum, item) => sum + (item.pool === state.pool.name ? item.count : 0), 0)
          : lease.members.filter((member) => member.pool === state.pool.name).length;
      wished.set(lease.holder, (wished.get(lease.holder) ?? 0) + count);
    }
    for (const [holder, count] of wished) {
      if (count > perHolder)
        report('Q1', `${holder} has ${count} of at most ${perHolder} in ${state.pool.name}`);
    }
  }
}

/** J1 to J4, J12: what is being made or destroyed has a job, or is held for a person; nothing else has one. */
function checkJobs(world: World, report: Report): void {
  for (const resource of world.resources.values()) {
    const isEnding = resource.status === 'exiting' && resource.run === null;
    const needsJob = resource.status === 'requested' || isEnding;
    const hasJob = world.jobOfResource.has(resource.id);
    // What a round could not have made waits for the next.
    const isRejected = resource.status === 'requested' && resource.machine === 'REJECTED';
    // What has ended waits until no list has it any more.
    const hasEnded = resource.status === 'exiting' && resource.machine === 'TERMINATED';
    const waits = (isRejected || hasEnded) && world.pools.get(resource.pool)?.pool.rounds !== undefined;
    if (needsJob && !hasJob && resource.hold === null && !waits)
      report('J1', `${resource.id} is ${resource.status} without a job`);
    const isMarked = world.jobs.get(world.jobOfResource.get(resource.id) ?? '')?.kind === 'mark';
    const mayHaveJob =
      needsJob ||
      isMarked ||
      resource.run !== null ||
      ['entering', 'preparing', 'leased'].includes(resource.status);
    if (hasJob && !mayHaveJob) report('J1', `${resource.id} is ${resource.status} with a job`);
  }
  if (world.jobs.size !== world.jobOfResource.size) report('J3', 'a resource has two jobs');
  for (const job of world.jobs.values()) {
    const resource = world.resources.get(job.resource);
    if (resource === undefined) report('J2', `${job.id} is for ${job.resource}, which is not there`);
    else if (resource.epoch !== job.epoch && job.kind !== 'mark')
      report('J4', `${job.id} is for ${job.resource} at an epoch that is over`);
    if (job.claim !== null && (job.claim.fence !== job.fence || !isForRunners(job)))
      report('J12', `${job.id} is claimed under fence ${job.claim.fence}, its last is ${job.fence}`);
  }
}

/** P18: a pool that stays hangs under one that stays, and none under itself. */
function checkTree(world: World, report: Report): void {
  for (const { pool } of world.pools.values()) {
    if (ancestorsOf(world, pool).includes(pool.name)) report('P18', `${pool.name} hangs under itself`);
    if (pool.status !== 'open' || pool.parent === null) continue;
    const above = world.pools.get(pool.parent)?.pool.status;
    if (above !== 'open')
      report('P18', `${pool.name} hangs under ${pool.parent}, which is ${above ?? 'not there'}`);
  }
}

/** R20: nothing free is held but by a probe, and what a probe holds is free of leases and on no offer. */
function checkHealth(world: World, report: Report): void {
  for (const resource of world.resources.values()) {
    if (resource.status !== 'free') continue;
    const isKept = isKeptBack(world.pools.get(resource.pool)?.pool, resource);
    if (isKept !== (resource.hold !== null))
      report('R20', `${resource.id} is free, ${isKept ? 'to be held' : 'not to be held'}, and is not so`);
    if (resource.hold !== null && resource.leaseId !== null)
      report('R20', `${resource.id} is held and set aside for ${resource.leaseId}`);
  }
}

/** J16: a leak is of a provider that is there to be looked at. */
function checkLeaks(world: World, report: Report): void {
  for (const leak of world.leaks.values()) {
    if (!world.providers.has(leak.provider))
      report('J16', `${leak.id} is of provider ${leak.provider}, which is not there`);
  }
}

/** T13: a run has one resource, that is on its way and has one run; it is held, waits, or has a job for the step that it is at. */
function checkRuns(world: World, report: Report): void {
  for (const run of world.runs.values()) {
    const resource = world.resources.get(run.resource);
    if (resource?.run !== run.id || !ON_THE_WAY.includes(resource.status)) {
      report(
        'T13',
        `${run.id} is of ${run.resource}, which is ${resource?.status} with run ${resource?.run}`,
      );
      continue;
    }
    if (resource.epoch !== run.epoch) report('T13', `${run.id} is of an epoch that is over`);
    const isHeld = resource.hold?.run === run.id;
    if (isHeld !== (run.status === 'held'))
      report('T13', `${run.id} is ${run.status}, its resource is ${isHeld ? '' : 'not '}held for it`);
    const job = world.jobs.get(world.jobOfResource.get(run.resource) ?? '');
    const isUnderWay = job?.step?.run === run.id && job.step.index === run.at;
    if (run.status === 'running' && !isUnderWay && run.dueAt === null)
      report('T13', `${run.id} is running and nothing happens`);
    if (run.status === 'held' && job !== undefined) report('T13', `${run.id} is held and has a job`);
  }
}

const ON_THE_WAY: readonly ResourceStatus[] = ['entering', 'preparing', 'cleaning', 'exiting'];

/** T1 and T12: what is free or lent has nothing left to prove; what is being cleaned is in a run, or rests. */
function checkTurnovers(world: World, report: Report): void {
  for (const resource of world.resources.values()) {
    const { id, status, run, turnover, restsUntil } = resource;
    if ((status === 'free' || status === 'leased') && (turnover !== null || run !== null))
      report('T1', `${id} is ${status} and its turnover is not over`);
    if (restsUntil !== null && (status !== 'cleaning' || run !== null || turnover !== null))
      report('T12', `${id} rests and is ${status}`);
    const isStaged = world.pools.get(resource.pool)?.staged !== null && isStanding(resource);
    if (status === 'cleaning' && run === null && restsUntil === null && !isStaged)
      report('T13', `${id} is being cleaned and nothing happens`);
  }
}

/** P1: a settled pool has as many members as its size says. P2: where it has more, it has given up all that it may. */
function checkSizes(world: World, report: Report): void {
  for (const [name, state] of world.pools) {
    const target = targetSize(state);
    if (world.unsettledPools.has(name) || target === null || state.pool.rounds !== undefined) continue;
    if (state.disposable.size > 0)
      report('P23', `${name} keeps ${state.disposable.first()}, which counts for nothing`);
    const members = memberCount(state);
    if (members < target) report('P1', `${name} has ${members} of ${target} members`);
    if (members <= target) continue;
    for (const id of state.members) {
      const resource = world.resources.get(id);
      const isIdle =
        resource !== undefined &&
        (['requested', 'entering'].includes(resource.status) || isOnOffer(resource));
      if (isIdle && (resource.isEvictable || state.pool.status === 'removing'))
        report('P2', `${name} has ${members} of ${target} members and keeps ${id}`);
    }
  }
}

/** P14: a settled pool replaces what an older template made as fast as its rollout allows, and no faster. */
function checkRollouts(world: World, report: Report): void {
  for (const [name, state] of world.pools) {
    const target = targetSize(state);
    const { status, templateRevision, rollout, rounds } = state.pool;
    if (rounds !== undefined) continue;
    if (world.unsettledPools.has(name) || target === null || status !== 'open' || rollout.atOnce === 0)
      continue;
    if (state.making.countOutdated(templateRevision) > 0)
      report('P14', `${name} still makes members from an older template`);
    const room = rolloutCount(state, target) - state.counts.requested - state.counts.entering;
    if (room > 0 && state.evictable.countOutdated(templateRevision) > 0)
      report('P14', `${name} could replace ${room} more members of an older template`);
  }
}

/** W1: what is derived is what a fresh world would derive from the same documents. */
function checkDerived(world: World, report: Report): void {
  const fresh = createWorld();
  for (const kind of DOCUMENT_KINDS) {
    const all =
      kind === 'pool'
        ? [...world.pools.values()].map((state) => [state.pool.name, state.pool] as const)
        : world[`${kind}s`];
    for (const [id, document] of all) putDocument(fresh, kind, id, document as never);
  }
  const same = (what: string, a: unknown, b: unknown): void => {
    if (!isSameJson(a as Json, b as Json))
      report('W1', `${what} is ${JSON.stringify(a)}, derived anew ${JSON.stringify(b)}`);
  };
  same('deadlines', [...world.deadlines], [...fresh.deadlines]);
  same('resource ids', [...world.resourceIds], [...fresh.resourceIds]);
  same('lease ids', [...world.leaseIds], [...fresh.leaseIds]);
  same('leak ids', [...world.leakIds], [...fresh.leakIds]);
  same('staged names', sorted(world.stagedByName), sorted(fresh.stagedByName));
  same('types', sorted(world.poolOfType), sorted(fresh.poolOfType));
  for (const index of ['jobOfResource', 'tokenByHash', 'tokenByName', 'upkeepOfPool'] as const)
    same(index, sorted(world[index]), sorted(fresh[index]));
  const sets = ['leasesOfHolder', 'resourcesOfProvider', 'leaksOfProvider', 'splittersOfPool'] as const;
  for (const index of sets) same(index, sortedSets(world[index]), sortedSets(fresh[index]));
  for (const [name, state] of world.pools) {
    const other = fresh.pools.get(name) as PoolState;
    same(
      `${name} counts`,
      [state.counts, state.heldCount, state.setAsideCount, state.unhealthyCount],
      [other.counts, other.heldCount, other.setAsideCount, other.unhealthyCount],
    );
    const tallies = (pool: PoolState): unknown[] => [
      pool.inactive,
      [pool.allocatedCount, pool.activeCount, pool.awaitedCount],
      [...pool.rejected],
      [...pool.disposable],
    ];
    same(`${name} tallies`, tallies(state), tallies(other));
    same(`${name} members`, [...state.members], [...other.members]);
    same(`${name} names`, sorted(state.idByName), sorted(other.idByName));
    same(`${name} stages`, stageFacts(state), stageFacts(other));
    same(`${name} usage`, sorted(state.usage), sorted(other.usage));
    same(`${name} queue`, [...state.queue], [...other.queue]);
    same(`${name} gatherers`, [...state.gatherers], [...other.gatherers]);
    same(`${name} demand`, state.makeableDemand(), other.makeableDemand());
    for (const list of ['evictable', 'making'] as const) {
      const ids = (pool: PoolState): string[] => [...pool[list].inOrder(0, 'oldest')];
      same(`${name} ${list}`, ids(state), ids(other));
    }
    same(`${name} outdated`, state.outdatedCount, other.outdatedCount);
    for (const lane of state.lanes.all()) {
      const otherLane = other.lanes.require(lane.selector);
      const ids = (free: Iterable<{ id: string }>): string[] => [...free].map(({ id }) => id);
      same(`${name} free of ${lane.key}`, ids(lane.free), ids(otherLane.free));
      same(
        `${name} waiting of ${lane.key}`,
        [lane.waiting.size, lane.waiting.first()],
        [otherLane.waiting.size, otherLane.waiting.first()],
      );
    }
  }
}

function sorted(map: ReadonlyMap<string, unknown>): unknown[] {
  return [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function sortedSets(map: ReadonlyMap<string, ReadonlySet<string>>): unknown[] {
  return sorted(new Map([...map].map(([key, ids]) => [key, [...ids].toSorted()])));
}
