import { TOMBSTONE_STAGE, UNWANTED_STAGE } from '../model/stage.ts';
import { planDynamic } from '../stage/keep-dynamic.ts';
import { isAcquirable, isHeldByStage, isStanding, stageOf } from '../stage/stage-of.ts';
import type { Report } from './check-upkeeps.ts';
import type { PoolState } from './pool-state.ts';
import type { World } from './world.ts';

/** The invariants of members that are handed over by stage, as far as one moment shows them. */
export function checkStages(world: World, report: Report): void {
  checkNames(world, report);
  checkHoldings(world, report);
  checkWaiters(world, report);
  for (const state of world.pools.values())
    if (!world.unsettledPools.has(state.pool.name)) checkRest(state, report);
}

/** S1: over all such pools a name is one member's, and a type one pool's. */
function checkNames(world: World, report: Report): void {
  let members = 0;
  let types = 0;
  for (const { pool, staged, idByName } of world.pools.values()) {
    if ((pool.stages === undefined) !== (staged === null))
      report('S1', `${pool.name} has stages and is not listed so`);
    if (pool.stages === undefined) continue;
    types += 1;
    members += idByName.size;
    if (world.poolOfType.get(pool.stages.type) !== pool.name)
      report(
        'S1',
        `type ${pool.stages.type} of ${pool.name} is also of ${world.poolOfType.get(pool.stages.type)}`,
      );
    for (const [name, id] of idByName)
      if (world.stagedByName.get(name) !== id)
        report('S1', `${name} is ${id} and ${world.stagedByName.get(name)}`);
  }
  if (types !== world.poolOfType.size) report('S1', `${world.poolOfType.size} types of ${types} pools`);
  if (members !== world.stagedByName.size)
    report('S1', `${world.stagedByName.size} names of ${members} members`);
}

/** S2: who has a member by stage has it by a lease of its own. S3: what stands anywhere else than at free is on no offer. */
function checkHoldings(world: World, report: Report): void {
  for (const resource of world.resources.values()) {
    const { id, status, stage, leaseId } = resource;
    const isHeld = isHeldByStage(resource);
    if (stage?.from !== undefined && !isHeld)
      report('S2', `${id} was taken from ${stage.from} and is ${status}`);
    const lease = world.leases.get(leaseId ?? '');
    if (isHeld && (lease?.status !== 'active' || lease.members.length !== 1))
      report('S2', `${id} was taken by stage and lease ${leaseId} is ${lease?.status}`);
    const state = world.pools.get(resource.pool);
    if (state === undefined || state.staged === null) {
      if (isHeld) report('S2', `${id} was taken by stage from a pool without stages`);
      continue;
    }
    const isListed = state.staged.acquirable(stageOf(resource))?.has(resource) === true;
    if (isListed !== isAcquirable(resource))
      report('S3', `${id} is ${isListed ? '' : 'not '}listed at ${stageOf(resource)}`);
    if (isStanding(resource) && (stageOf(resource) === 'free' || leaseId !== null))
      report('S3', `${id} stands at ${stageOf(resource)} for ${leaseId} and is not free`);
  }
}

/** S4: who waits waits for an open pool with stages, in a line. */
function checkWaiters(world: World, report: Report): void {
  for (const waiter of world.waiters.values()) {
    const state = world.pools.get(waiter.pool);
    const line = state?.staged?.line(waiter.stage);
    if (state?.pool.status !== 'open' || line === undefined || ![...line].includes(waiter))
      report('S4', `${waiter.id} waits in no line of an open pool`);
  }
}

/** S7: a settled pool whose members come and go by themselves has its number, as far as that is in nobody's hands. S8: what goes has gone. */
function checkRest({ pool, staged, members, counts }: PoolState, report: Report): void {
  if (staged === null) return;
  const all = [...staged.allAcquirable()];
  if (pool.status === 'removing' && all.length > 0)
    report('S8', `${pool.name} is being removed and keeps ${all[0]?.id}, which nobody has`);
  if (pool.stages?.dynamic === undefined || pool.status !== 'open') return;
  for (const stage of [UNWANTED_STAGE, TOMBSTONE_STAGE])
    if ((staged.acquirable(stage)?.size ?? 0) > 0) report('S8', `${pool.name} keeps members at ${stage}`);
  const { missing, surplus } = planDynamic(members.size - counts.exiting, pool.stages.dynamic);
  if (missing > 0) report('S7', `${pool.name} has ${missing} members fewer than its least`);
  if (surplus > 0 && all.length > 0)
    report('S7', `${pool.name} has ${surplus} too many and keeps ${all[0]?.id}`);
}

/** W1: what is derived about stages, of a pool as it is and as a fresh world derives it. */
export function stageFacts({ staged }: PoolState): unknown {
  if (staged === null) return null;
  const stages = [...staged.counts()];
  return {
    stages,
    acquirable: stages.map(([stage]) => [...(staged.acquirable(stage) ?? [])].map(({ id }) => id)),
    held: stages.map(([stage]) => [...(staged.held(stage) ?? [])].map(({ id }) => id)),
    waiters: [...staged.waiters()],
  };
}
