import type { Pool } from '../model/pool.ts';
import type { Resource } from '../model/resource.ts';
import { giveUpPool } from '../pool/remove-pool.ts';
import { removeProvider } from '../provider/remove-provider.ts';
import { actOnResource } from '../resource/act-on-resource.ts';
import { removeProfile, countHaving, poolsGiving } from '../workflow/remove-profile.ts';
import { isSynced } from '../stage/is-synced.ts';
import { poolsRunning, removeWorkflow } from '../workflow/remove-workflow.ts';
import { upkeepOfPool, upkeepOfProvider } from '../upkeep/owner.ts';
import type { Transaction } from '../world/transaction.ts';
import type { Configuration } from './configuration.ts';
import type { PlanEntry } from './plan.ts';
import { effectsOfRemoval, effectsOfRetirement } from './pool-effects.ts';

type Named = Required<Pick<Configuration, 'providers' | 'workflows' | 'profiles' | 'pools'>>;

/**
 * Gives up what a configuration does not name: registered members of the pools that it does, pools, and then providers,
 * workflows and profiles. Pools and providers of cloud pool instances, and pools that a configuration of stages made, have configurations
 * of their own, and stay.
 *
 * Shape: what is leased stays with its holder to the end. What is being given up already is no part of the answer, and neither is
 * a workflow or profile that a pool or resource on its way out still needs: a later configuration that prunes gives it up.
 * Errors: `provider_in_use`, `workflow_in_use`, `profile_in_use` for what a pool names that stays.
 */
export function prune(tx: Transaction, named: Named): PlanEntry[] {
  const members = named.pools.flatMap(({ spec, resources }) =>
    pruneMembers(tx, spec.name, new Set(resources.map(({ name }) => name))),
  );
  const pools = prunePools(tx, new Set(named.pools.map(({ spec }) => spec.name)));
  return [
    ...members,
    ...pools,
    ...pruneProviders(tx, new Set(named.providers.map(({ name }) => name))),
    ...pruneWorkflows(tx, new Set(named.workflows.map(({ name }) => name))),
    ...pruneProfiles(tx, new Set(named.profiles.map(({ name }) => name))),
  ];
}

function pruneMembers(tx: Transaction, pool: string, names: ReadonlySet<string>): PlanEntry[] {
  const state = tx.requirePool(pool);
  // Members that come and go by themselves are nobody's word.
  const isDynamic = state.pool.stages?.dynamic !== undefined;
  if (isDynamic || tx.world.providers.get(state.pool.provider)?.makes !== false) return [];
  const surplus: Resource[] = [];
  for (const id of state.members) {
    const resource = tx.world.resources.get(id) as Resource;
    const isLeaving = resource.status === 'exiting' || resource.fate === 'retire';
    if (!names.has(resource.name) && !isLeaving) surplus.push(resource);
  }
  return surplus.map((resource) => {
    const reason = 'the configuration no longer names it';
    actOnResource(tx, { type: 'actOnResource', resource: resource.id, action: 'retire', reason });
    const effects = effectsOfRetirement(resource);
    return { kind: 'resource', action: 'remove', name: resource.name, pool, changes: [], effects };
  });
}

function prunePools(tx: Transaction, names: ReadonlySet<string>): PlanEntry[] {
  const surplus = [...tx.world.pools.values()].filter(
    ({ pool }) =>
      pool.status === 'open' &&
      !names.has(pool.name) &&
      !isSynced(pool) &&
      upkeepOfPool(tx.world, pool.name) === undefined,
  );
  return surplus.map((state) => {
    const { name, provider } = state.pool;
    const before = tx.ended.length;
    giveUpPool(tx, name);
    const makes = tx.world.providers.get(provider)?.makes !== false;
    const effects = effectsOfRemoval(state, tx.ended.length - before, makes);
    return { kind: 'pool', action: 'remove', name, pool: null, changes: [], effects };
  });
}

function pruneProviders(tx: Transaction, names: ReadonlySet<string>): PlanEntry[] {
  const surplus = [...tx.world.providers.values()].filter(
    ({ name, status }) =>
      status === 'open' && !names.has(name) && upkeepOfProvider(tx.world, name) === undefined,
  );
  return surplus.map(({ name }) => {
    removeProvider(tx, { type: 'removeProvider', name });
    return { kind: 'provider', action: 'remove', name, pool: null, changes: [], effects: [] };
  });
}

function pruneWorkflows(tx: Transaction, names: ReadonlySet<string>): PlanEntry[] {
  const surplus = [...tx.world.workflows.keys()].filter(
    (name) => !names.has(name) && !isOnItsWayOut(poolsRunning(tx.world, name)),
  );
  return surplus.map((name) => {
    removeWorkflow(tx, { type: 'removeWorkflow', name });
    return { kind: 'workflow', action: 'remove', name, pool: null, changes: [], effects: [] };
  });
}

function pruneProfiles(tx: Transaction, names: ReadonlySet<string>): PlanEntry[] {
  const surplus = [...tx.world.profiles.keys()].filter((name) => {
    if (names.has(name)) return false;
    const pools = poolsGiving(tx.world, name);
    const isHad = pools.length === 0 && countHaving(tx.world, name) > 0;
    return !isHad && !isOnItsWayOut(pools);
  });
  return surplus.map((name) => {
    removeProfile(tx, { type: 'removeProfile', name });
    return { kind: 'profile', action: 'remove', name, pool: null, changes: [], effects: [] };
  });
}

/** Is everything that names it being removed? */
function isOnItsWayOut(pools: readonly Pool[]): boolean {
  return pools.length > 0 && pools.every(({ status }) => status === 'removing');
}
