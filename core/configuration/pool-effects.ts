import { memberCount, rolloutCount, targetSize } from '../pool/resize-pool.ts';
import type { Resource } from '../model/resource.ts';
import type { PoolState } from '../world/pool-state.ts';
import type { PlanEffect } from './plan.ts';

/** How a pool stood before it was changed, as far as effects hang on it. */
export type PoolBefore = { readonly target: number | null; readonly templateRevision: number };

/** What follows for the members of a pool from being put: its number, and what an older template made. */
export function effectsOfPut(state: PoolState, before: PoolBefore | undefined): PlanEffect[] {
  const target = targetSize(state);
  if (target === null) return [];
  if (before === undefined) return some('create', target, `the pool is new and keeps ${target}`);
  const size = before.target === target ? [] : effectsOfSize(state, before, target);
  const isRemade = before.templateRevision !== state.pool.templateRevision;
  return isRemade ? [...size, ...effectsOfTemplate(state, target)] : size;
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

/** What is outdated is replaced one for one, but where the pool shrinks it goes first. */
function effectsOfTemplate(state: PoolState, target: number): PlanEffect[] {
  const surplus = Math.max(0, memberCount(state) - target);
  const { templateRevision } = state.pool;
  const idle = state.making.countBefore(templateRevision) + state.evictable.countBefore(templateRevision);
  const held = state.counts.preparing + state.counts.leased + state.counts.cleaning + state.setAsideCount;
  const atOnce = rolloutCount(state, target);
  const replaced = Math.max(0, idle - surplus);
  if (atOnce === 0) {
    const reason = 'the template changed and the rollout is paused (atOnce: 0); replaced when they come back';
    return [...some('drain', held, reason), ...some('create', held, reason)];
  }
  const pace = `the template changed; replaced ${atOnce >= replaced ? 'at once' : `${atOnce} at a time`}`;
  const later = 'the template changed; replaced when their leases end';
  return [
    ...some('destroy', replaced, pace),
    ...some('drain', held, later),
    ...some('create', replaced + held, 'the template changed; in place of those'),
  ];
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
