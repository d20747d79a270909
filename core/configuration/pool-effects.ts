import { memberCount, rolloutCount, targetSize } from '../pool/resize-pool.ts';
import type { Rollout } from '../model/pool.ts';
import type { Resource } from '../model/resource.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { PlanEffect } from './plan.ts';

/** How a pool stood before it was changed, as far as effects hang on it. */
export type PoolBefore = {
  readonly target: number | null;
  readonly templateRevision: number;
  readonly atOnce: Rollout['atOnce'];
};

export function poolBefore(state: PoolState): PoolBefore {
  const { templateRevision, rollout } = state.pool;
  return { target: targetSize(state), templateRevision, atOnce: rollout.atOnce };
}

/** What follows for the members of a pool from being put: its number, and what an older template made. */
export function effectsOfPut(state: PoolState, before: PoolBefore | undefined): PlanEffect[] {
  const target = targetSize(state);
  if (target === null) return [];
  if (before === undefined) return some('create', target, `the pool is new and keeps ${target}`);
  const size = before.target === target ? [] : effectsOfSize(state, before, target);
  return [...size, ...effectsOfTemplate(state, before, target)];
}

function effectsOfSize(state: PoolState, before: PoolBefore, target: number): PlanEffect[] {
  const change = `the size goes from ${before.target ?? 'none'} to ${target}`;
  const missing = target - memberCount(state);
  if (missing >= 0) return some('create', missing, change);
  const idle = Math.min(-missing, state.making.size + state.evictable.size);
  return [
    ...some('destroy', idle, `${change}; nobody holds them`),
    ...some('drain', -missing - idle, `${change}; given up as leases end`),
  ];
}

/** What is outdated is replaced one for one, but for what the pool shrinks by: that is not made again. */
function effectsOfTemplate(state: PoolState, before: PoolBefore, target: number): PlanEffect[] {
  const { templateRevision, rollout } = state.pool;
  const isRemade = before.templateRevision !== templateRevision;
  const isPaused = rollout.atOnce === 0;
  const isResumed = before.atOnce === 0 && !isPaused;
  if (!isRemade && !isResumed) return [];
  const surplus = Math.max(0, memberCount(state) - target);
  const idle = isPaused ? 0 : countOutdatedIdle(state) - surplus;
  const surplusHeld = Math.max(0, surplus - state.making.size - state.evictable.size);
  // What is held from before is replaced at its return whatever the pace is.
  const held = isRemade ? countOutdatedHeld(state) - surplusHeld : 0;
  const why = isRemade ? 'the template changed' : 'the rollout goes on';
  const atOnce = rolloutCount(state, target);
  const paused = isPaused ? ' and the rollout is paused (atOnce: 0)' : '';
  return [
    ...some('destroy', idle, `${why}; replaced ${atOnce >= idle ? 'at once' : `${atOnce} at a time`}`),
    ...some('drain', held, `${why}${paused}; replaced when their leases end`),
    ...some('create', Math.max(0, idle) + Math.max(0, held), `${why}; in place of those`),
  ];
}

function countOutdatedIdle({ pool, making, evictable }: PoolState): number {
  return making.countOutdated(pool.templateRevision) + evictable.countOutdated(pool.templateRevision);
}

/** Of what is held, no more than is outdated at all: a template that was put back may have made some of it. */
function countOutdatedHeld(state: PoolState): number {
  const { counts, setAsideCount, outdatedCount } = state;
  const held = counts.preparing + counts.leased + counts.cleaning + setAsideCount;
  return Math.min(held, outdatedCount - countOutdatedIdle(state));
}

/** What follows for the members and the waiters of a pool that is removed. `ended`: leases that waited for it. */
export function effectsOfRemoval(state: PoolState, ended: number, makes: boolean): PlanEffect[] {
  const held = state.counts.preparing + state.counts.leased + state.counts.cleaning;
  const idle = state.members.size - held - state.counts.exiting;
  const why = `the configuration no longer names the pool${makes ? '' : '; registered by hand, so they are forgotten'}`;
  return [
    ...some('destroy', idle, why),
    ...some('drain', held, `${why}; when their leases end`),
    ...some('end', ended, 'they wait for a pool that the configuration no longer names'),
  ];
}

/** What follows from giving up one registered member. */
export function effectsOfRetirement(resource: Resource): PlanEffect[] {
  const why = 'the configuration no longer names it; registered by hand, so it is forgotten';
  const isHeld = resource.status === 'leased' || resource.status === 'preparing';
  return some(isHeld ? 'drain' : 'destroy', 1, isHeld ? `${why} when its lease ends` : why);
}

function some(effect: PlanEffect['effect'], count: number, reason: string): PlanEffect[] {
  return count > 0 ? [{ effect, count, reason }] : [];
}
