import type { Pool } from '../model/pool.ts';
import type { Resource, ResourceStatus } from '../model/resource.ts';
import { forgetUnusedProvider } from '../provider/remove-provider.ts';
import { retireResource } from '../resource/turnover.ts';
import { keepDynamic } from '../stage/keep-dynamic.ts';
import { letGo } from '../stage/let-go.ts';
import { shareOut } from './split-pool.ts';
import { keepInRounds } from '../upkeep/keep-in-rounds.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { Transaction } from '../world/transaction.ts';
import { requestMember } from './request-member.ts';

/** Why a member goes that is neither active nor kept from being taken away. */
const NOT_COUNTED = 'it does not count towards the size of its pool';
/** What a member is that counts towards the size of its pool. */
const COUNTED: readonly ResourceStatus[] = [
  'requested',
  'entering',
  'free',
  'preparing',
  'leased',
  'cleaning',
  'standby',
];

/**
 * How many members the pool has or is about to have; one that leaves, is quarantined or is not active does not count, unless the pool
 * is being removed: then it goes with the last that has not left.
 */
export function memberCount(state: PoolState): number {
  if (state.pool.status === 'removing') return state.members.size - state.counts.exiting;
  return countActive(state, COUNTED);
}

function countActive({ counts, inactive }: PoolState, statuses: readonly ResourceStatus[]): number {
  return statuses.reduce((sum, status) => sum + counts[status] - inactive[status], 0);
}

/**
 * How many members the pool should have now; null where it does not size itself.
 *
 * With a buffer: what is in use, what waiting requests want and a new member could be, and the buffer on top.
 */
export function targetSize(state: PoolState): number | null {
  const { size, status } = state.pool;
  if (status === 'removing') return 0;
  // Its children have the members.
  if (size === null || state.pool.split !== undefined) return null;
  if ('desired' in size) return size.desired;
  const busy = countActive(state, ['preparing', 'leased', 'cleaning']) + state.setAsideCount;
  const wanted = busy + state.makeableDemand() + size.buffer;
  return Math.min(size.max, Math.max(size.min, wanted));
}

/**
 * Brings a pool a step towards its size and its template: asks for members, gives up free ones that may be evicted, and
 * replaces what an older template made.
 *
 * Shape: at most `budget` resources; a pool that is not there yet stays unsettled. Nothing that is leased or set aside is taken.
 * Source: invariants P1 to P4 and P14 in docs/spec/pool.md.
 */
export function resizePool(tx: Transaction, name: string, budget: number): number {
  const state = tx.world.pools.get(name);
  if (state === undefined) return 0;
  if (state.pool.split !== undefined && state.pool.status === 'open') return shareOut(tx, state);
  if (state.pool.rounds !== undefined) return keepInRounds(tx, state, budget);
  const dynamic = state.pool.stages?.dynamic;
  if (state.staged !== null && dynamic !== undefined && state.pool.status === 'open')
    return keepDynamic(tx, { state, staged: state.staged, dynamic }, budget);
  const target = targetSize(state);
  if (target === null) return 0;
  let done = giveUp(tx, membersOf(tx, state.disposable, budget), NOT_COUNTED);
  const surplus = Math.min(memberCount(state) - target, budget - done);
  done += giveUp(tx, chooseVictims(tx, state, surplus), reasonOf(state.pool));
  if (state.pool.status === 'open')
    done += giveUp(
      tx,
      chooseOutdated(tx, state, { target, budget: budget - done }),
      'an older template made it',
    );
  for (; done < budget && memberCount(state) < target; done += 1) requestMember(tx, state.pool);
  if (state.pool.status === 'removing' && state.members.size === 0) removePool(tx, state.pool);
  else if (done === budget) tx.world.unsettledPools.add(name);
  else tx.world.unsettledPools.delete(name);
  return done;
}

function membersOf(tx: Transaction, ids: Iterable<string>, most: number): Resource[] {
  return [...Iterator.from(ids).take(most)].map((id) => tx.world.resources.get(id) as Resource);
}

function giveUp(tx: Transaction, victims: readonly Resource[], reason: string): number {
  for (const victim of victims) {
    if (victim.stage === undefined) retireResource(tx, victim, reason);
    else letGo(tx, victim, reason);
  }
  return victims.length;
}

/** How many members of an older template may be out of service for their replacement at once. */
export function rolloutCount({ pool }: PoolState, target: number): number {
  const { atOnce } = pool.rollout;
  return typeof atOnce === 'number' ? atOnce : Math.ceil((target * Number.parseInt(atOnce, 10)) / 100);
}

/**
 * Members of an older template that are replaced now: those still being made, which are of no use to anybody, and as many
 * free ones as the pace allows. Whatever is being made or about to be counts, so a template that comes to nothing stops its own
 * rollout: also one whose members die before they are up, and are asked for again in this same step.
 */
function chooseOutdated(
  tx: Transaction,
  state: PoolState,
  { target, budget }: { target: number; budget: number },
): Resource[] {
  if (state.outdatedCount === 0 || state.pool.rollout.atOnce === 0) return [];
  const revision = state.pool.templateRevision;
  const ids = [...state.making.outdated(revision).take(budget)];
  const missing = Math.max(0, target - memberCount(state));
  const underWay = state.counts.requested + state.counts.entering + missing;
  const room = Math.min(budget - ids.length, rolloutCount(state, target) - underWay);
  if (room > 0) ids.push(...state.evictable.outdated(revision).take(room));
  return ids.map((id) => tx.world.resources.get(id) as Resource);
}

function reasonOf(pool: Pool): string {
  return pool.status === 'removing' ? 'the pool is being removed' : 'the pool has more than its size';
}

function removePool(tx: Transaction, pool: Pool): void {
  tx.remove('pool', pool.name);
  tx.emit('pool.removed', { pool: pool.name });
  forgetUnusedProvider(tx, pool.provider);
}

/**
 * Those that are still being made go first, then free ones; within both, what an older template made, then the newest or the
 * oldest, as the pool says. A pool that is being removed gives up whatever nobody holds; any other keeps what may not be evicted.
 */
function chooseVictims(tx: Transaction, state: PoolState, wanted: number): Resource[] {
  if (wanted <= 0) return [];
  const { templateRevision, victims, status } = state.pool;
  const ids =
    status === 'removing'
      ? idleMembers(tx, state).take(wanted)
      : inTurn(
          state.making.inOrder(templateRevision, victims),
          state.evictable.inOrder(templateRevision, victims),
        ).take(wanted);
  return [...ids].map((id) => tx.world.resources.get(id) as Resource);
}

function* inTurn(...lists: readonly Iterable<string>[]): Generator<string, void, undefined> {
  for (const list of lists) yield* list;
}

/** Everything that nobody holds: what is still being made, what is free, then what is set aside as unsafe or stopped. */
function* idleMembers(tx: Transaction, state: PoolState): Generator<string, void, undefined> {
  yield* membersThatAre(tx, state, ['requested', 'entering']);
  for (const { id } of state.lanes.everything.free) yield id;
  yield* keptBack(tx, state);
  // What stands at a stage waits for nothing that would bring it back.
  for (const { id, status } of state.staged?.allAcquirable() ?? []) if (status === 'cleaning') yield id;
  yield* membersThatAre(tx, state, ['quarantined', 'standby']);
}

/** Free members that a probe holds, or that do not count: they are on no offer. */
function* keptBack(tx: Transaction, state: PoolState): Generator<string, void, undefined> {
  if (state.heldCount === 0 && state.inactive.free === 0) return;
  for (const id of state.members) {
    const { status, hold, isActive } = tx.world.resources.get(id) as Resource;
    if (status === 'free' && (hold !== null || isActive === false)) yield id;
  }
}

function* membersThatAre(
  tx: Transaction,
  state: PoolState,
  statuses: readonly ResourceStatus[],
): Generator<string, void, undefined> {
  let left = statuses.reduce((sum, status) => sum + state.counts[status], 0);
  for (const id of state.members) {
    if (left === 0) return;
    if (!statuses.includes((tx.world.resources.get(id) as Resource).status)) continue;
    left -= 1;
    yield id;
  }
}
