import type { PoolState, Resource, Upkeep, World } from '@poolkeeper/core';
import { findMachine, isReachable } from '@poolkeeper/core';
import { CloudPoolError, noSuchInstance, notStarted } from './errors.ts';

/** A pool as clients of the protocol know it: made by a configuration of theirs, or natively. */
export type Instance =
  | { readonly kind: 'upkeep'; readonly upkeep: Upkeep; readonly state: PoolState | undefined }
  | { readonly kind: 'native'; readonly state: PoolState };

/** What is being removed is not there any more. */
export function findInstance(world: World, name: string): Instance | undefined {
  const upkeep = world.upkeeps.get(name);
  if (upkeep !== undefined) {
    if (upkeep.status === 'removing') return undefined;
    return { kind: 'upkeep', upkeep, state: world.pools.get(upkeep.pool ?? '') };
  }
  const state = world.pools.get(name);
  if (state === undefined || state.pool.status !== 'open' || world.upkeepOfPool.has(name)) return undefined;
  return { kind: 'native', state };
}

export function requireInstance(world: World, name: string): Instance {
  const instance = findInstance(world, name);
  if (instance === undefined) throw noSuchInstance(name);
  return instance;
}

/** Names of all that there is, sorted. */
export function instanceNames(world: World): readonly string[] {
  const names = [...world.upkeeps.keys(), ...world.pools.keys()];
  return [...new Set(names)].filter((name) => findInstance(world, name) !== undefined).toSorted();
}

/** The pool of an instance that may be asked about its machines, and when its list was fetched: null natively, where it is never old. */
export type Running = { readonly state: PoolState; readonly upkeep: Upkeep | null };

/** Errors: `unknown_instance`, `not_started`. */
export function requireRunning(world: World, name: string): Running {
  const instance = requireInstance(world, name);
  if (instance.kind === 'native') return { state: instance.state, upkeep: null };
  const { upkeep, state } = instance;
  if (upkeep.status !== 'started' || state === undefined) throw notStarted();
  return { state, upkeep };
}

const MS_PER_SECOND = 1_000;

/**
 * When the list of the machines was fetched.
 *
 * Errors: `cloud` when there is none, or when it is as old as the configuration says that the cloud counts as unreachable.
 */
export function requireFresh({ state, upkeep }: Running, now: number): number {
  if (upkeep === null) return now;
  if (upkeep.fetchedAt === null) {
    const latest = upkeep.lookError === null ? 'none has ended yet' : upkeep.lookError;
    throw new CloudPoolError(
      'cloud',
      `Could not serve machine pool: no fetch attempt has been successful yet. Latest error: ${latest}`,
    );
  }
  if (isReachable(upkeep, state.pool.rounds, now)) return upkeep.fetchedAt;
  const seconds = Math.floor((now - upkeep.fetchedAt) / MS_PER_SECOND);
  const why = upkeep.lookError === null ? '' : ` Latest error: ${upkeep.lookError}`;
  throw new CloudPoolError(
    'cloud',
    `Could not serve a sufficiently up-to-date machine pool (${seconds} seconds). Cloud API presumably unreachable.${why}`,
  );
}

/** The pools that have the members: itself, or those that its size is divided over. */
export function* poolsOf(world: World, state: PoolState): Generator<PoolState> {
  const { split } = state.pool;
  if (split === undefined) yield state;
  for (const share of split ?? []) {
    const part = world.pools.get(share.pool);
    if (part !== undefined) yield* poolsOf(world, part);
  }
}

/** The members that clients see; a request that the place refused is none until it is asked for again. */
export function* membersOf(world: World, state: PoolState): Generator<Resource> {
  for (const { members } of poolsOf(world, state)) {
    for (const id of members) {
      const resource = world.resources.get(id);
      if (resource === undefined || isRefusedRequest(resource) || isBeingAttached(world, id)) continue;
      yield resource;
    }
  }
}

function isRefusedRequest({ machine, externalId }: Resource): boolean {
  return machine === 'REJECTED' && externalId === null;
}

/** Nobody knows yet whether its cloud has it. */
function isBeingAttached(world: World, id: string): boolean {
  return world.jobs.get(world.jobOfResource.get(id) ?? '')?.kind === 'attach';
}

/**
 * The pools to ask about a machine, one after the other until one knows it: where the members of a pool are in several, the one that has
 * it, and about one that nobody has all of them, since each may be of another cloud.
 */
export function poolsToAsk(world: World, state: PoolState, machine: string): readonly string[] {
  if (state.pool.split === undefined) return [state.pool.name];
  const parts = [...poolsOf(world, state)];
  const owners = parts.filter((part) => findMachine(world, part, machine) !== undefined);
  return (owners.length > 0 ? owners : parts).map(({ pool }) => pool.name);
}
