import { startJob } from '../job/start-job.ts';
import { templateTraits } from '../model/pool.ts';
import type { Pool } from '../model/pool.ts';
import type { Resource } from '../model/resource.ts';
import type { Round, Upkeep } from '../model/upkeep.ts';
import { requestMember } from '../pool/request-member.ts';
import { changeResource } from '../resource/change-resource.ts';
import { isActiveMember, isRemovable } from '../resource/membership.ts';
import { retireResource } from '../resource/turnover.ts';
import { isAwaited } from '../world/pool-state.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { Transaction } from '../world/transaction.ts';
import { changeUpkeep } from './change-upkeep.ts';
import { chooseVictims } from './choose-victims.ts';
import { machineIdOf } from './find-machine.ts';
import { forgetUpkeep } from './forget-upkeep.ts';
import { upkeepOfPool } from './owner.ts';
import { setAsideRequest } from './reject-member.ts';
import { endRound } from './rounds.ts';

/** Machines that a round names, of each kind. */
const ROUND_IDS_MAX = 1_000;
/** Members that could not be made, one after the other, before a round gives up those that still wait. */
const FAILED_IN_ROW_MAX = 3;

/** A round that has its list, and with it the size that it makes the pool fit. */
type Step = {
  readonly state: PoolState;
  readonly upkeep: Upkeep;
  readonly round: Round & { readonly desired: number };
  readonly budget: number;
};

/**
 * Brings a pool that is kept in rounds a step on: in a round it asks for what is missing; when all of that is answered and nothing of
 * it failed, it gives up what is too much. Between rounds it leaves the pool alone. What belongs to an upkeep that is being removed
 * is forgotten.
 *
 * Shape: at most `budget` resources; a pool that has more to do stays unsettled. Answers how many.
 * Source: invariants U6 to U12 and U16 in docs/spec/upkeep.md.
 */
export function keepInRounds(tx: Transaction, state: PoolState, budget: number): number {
  const { done, isAtRest } = takeStep(tx, state, budget);
  // What was done has unsettled the pool itself.
  if (isAtRest) tx.world.unsettledPools.delete(state.pool.name);
  else tx.world.unsettledPools.add(state.pool.name);
  return done;
}

/** `isAtRest`: the pool has no more to do before something changes. */
type Stepped = { readonly done: number; readonly isAtRest: boolean };

function takeStep(tx: Transaction, state: PoolState, budget: number): Stepped {
  const upkeep = upkeepOfPool(tx.world, state.pool.name);
  if (upkeep?.status === 'removing') return forgetUpkeep(tx, { upkeep, state, budget });
  const round = upkeep?.round ?? null;
  if (upkeep === undefined || round?.phase !== 'growing' || round.desired === null)
    return { done: 0, isAtRest: true };
  const asked = grow(tx, { state, upkeep, round: { ...round, desired: round.desired }, budget });
  const { done, isAtRest } = finishRound(tx, state, budget - asked);
  return { done: asked + done, isAtRest };
}

/** The size that is asked for by now: it may have been set since the round read it. */
function newestSize({ size }: Pool, { desired }: Step['round']): number {
  return size !== null && 'desired' in size ? size.desired : desired;
}

/** Asks again for what could not be made, then for new members; no more than the newest size has room for. */
function grow(tx: Transaction, { state, upkeep, round, budget }: Step): number {
  if (round.toAsk === 0) return 0;
  const room = Math.max(0, newestSize(state.pool, round) - state.activeCount);
  const wanted = round.failedInRow >= FAILED_IN_ROW_MAX ? 0 : Math.min(round.toAsk, room);
  const count = Math.min(wanted, budget);
  const again = [...Iterator.from(state.rejected).take(count)];
  const asked = again.map((id) => askAgain(tx, state.pool, tx.world.resources.get(id) as Resource));
  while (asked.length < count) asked.push(requestMember(tx, state.pool));
  const ids = asked.map(({ id }) => id);
  const toAsk = wanted - count;
  changeUpkeep(tx, upkeep, {
    round: {
      ...round,
      toAsk,
      requested: [...round.requested, ...ids].slice(0, ROUND_IDS_MAX),
      requestedCount: round.requestedCount + count,
    },
  });
  return count;
}

/** It becomes what the template says by now. */
function askAgain(tx: Transaction, pool: Pool, rejected: Resource): Resource {
  const traits = { ...templateTraits(pool.template), templateRevision: pool.templateRevision };
  const requested = changeResource(tx, rejected, { machine: 'REQUESTED', ...traits });
  tx.emit('resource.requested', { resource: requested.id, pool: pool.name }, { name: requested.name });
  startJob(tx, { kind: 'create' }, requested);
  return requested;
}

/** Once all that the round asked for is answered, it ends: at once with the first error, else with the removals. */
function finishRound(tx: Transaction, state: PoolState, budget: number): Stepped {
  const { name } = state.pool;
  const upkeep = upkeepOfPool(tx.world, name) as Upkeep;
  const round = upkeep.round as Round & { readonly desired: number };
  const vain = countVain(state, round);
  if (vain > 0) return { done: giveUpRequests(tx, state, Math.min(vain, budget)), isAtRest: false };
  if (round.toAsk > 0) return { done: 0, isAtRest: false };
  if (round.requestedCount > 0 && state.awaitedCount > 0) return { done: 0, isAtRest: true };
  if (round.error !== null) {
    endRound(tx, upkeep, round.error);
    return { done: 0, isAtRest: true };
  }
  const done = budget <= 0 ? 0 : shrink(tx, { state, upkeep, round, budget });
  if (done >= budget) return { done, isAtRest: false };
  endRound(tx, upkeepOfPool(tx.world, name) as Upkeep, null);
  return { done, isAtRest: true };
}

/**
 * How many requests are not waited for any more: all, where one after the other has failed, since an account that is full or out of
 * reach answers each of the others minutes later; else those that a size which was set meanwhile does not want.
 */
function countVain(state: PoolState, round: Step['round']): number {
  if (round.failedInRow >= FAILED_IN_ROW_MAX) return state.awaitedCount;
  const surplus = round.isFollowed ? state.activeCount - newestSize(state.pool, round) : 0;
  return Math.max(0, Math.min(surplus, state.awaitedCount));
}

function giveUpRequests(tx: Transaction, state: PoolState, count: number): number {
  const members = Iterator.from(state.members).map((id) => tx.world.resources.get(id) as Resource);
  const awaited = [...members.filter(isAwaited).take(Math.max(0, count))];
  for (const member of awaited) setAsideRequest(tx, member);
  return awaited.length;
}

/** Gives up what counts for nothing, what is too much, and requests that came to nothing and are not needed any more. */
function shrink(tx: Transaction, { state, upkeep, round, budget }: Step): number {
  const disposable = take(tx, state.disposable, budget);
  const room = budget - disposable.length;
  const surplus = state.activeCount - Math.max(round.desired, newestSize(state.pool, round));
  const victims = chooseVictims(surplus > 0 ? candidates(tx, state) : [], {
    count: Math.min(surplus, room),
    policy: state.pool.victims,
  });
  const vain = surplus < 0 ? [] : take(tx, state.rejected, room - victims.length);
  for (const member of disposable)
    retireResource(tx, member, 'it does not count towards the size of its pool');
  for (const member of victims) retireResource(tx, member, 'the pool has more than its size');
  for (const member of vain) retireResource(tx, member, 'it could not be made, and is not needed any more');
  const ids = [...victims, ...disposable].map(machineIdOf);
  if (ids.length > 0)
    changeUpkeep(tx, upkeep, {
      round: {
        ...round,
        terminating: [...round.terminating, ...ids].slice(0, ROUND_IDS_MAX),
        terminatingCount: round.terminatingCount + ids.length,
      },
    });
  return ids.length + vain.length;
}

function take(tx: Transaction, ids: Iterable<string>, most: number): Resource[] {
  return [...Iterator.from(ids).take(Math.max(0, most))].map((id) => tx.world.resources.get(id) as Resource);
}

function candidates(tx: Transaction, state: PoolState): Resource[] {
  const found: Resource[] = [];
  for (const id of state.members) {
    const resource = tx.world.resources.get(id) as Resource;
    if (isActiveMember(resource) && isRemovable(resource)) found.push(resource);
  }
  return found;
}
