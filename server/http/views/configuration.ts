import {
  compareText,
  formatDuration,
  isSynced,
  POOL_DEFAULTS,
  specOf,
  stepDefaults,
  upkeepOfPool,
  upkeepOfProvider,
} from '@poolkeeper/core';
import type { PoolSpec, PoolState, Resource, Step, Workflow, World } from '@poolkeeper/core';
import { viewProbe } from '../../schemas/health.ts';
import type { ProbeInput } from '../../schemas/health.ts';
import type { ConfigurationInput, PoolEntry, ResourceEntry } from '../../schemas/configuration.ts';
import { viewStages } from '../../schemas/stages.ts';
import type { StepInput } from '../../schemas/step.ts';
import type { WorkflowEntry } from '../../schemas/workflow.ts';
import { viewPauses } from './workflow.ts';

/**
 * The world as a configuration that plans to nothing, with `prune` too: providers, workflows, profiles, pools, and members
 * that were registered by hand. What is as by default is left out, and so is what is being given up already, and what belongs to cloud
 * pool instances or a configuration of stages, which speak for themselves. In the order of names, so that it is the same text before and after a restart.
 */
export function viewConfiguration(world: World): ConfigurationInput {
  const providers = [...world.providers.values()]
    .filter(({ name, status }) => status === 'open' && upkeepOfProvider(world, name) === undefined)
    .toSorted((a, b) => compareText(a.name, b.name))
    .map(({ name, driver, options }) => ({ name, driver, ...options }));
  const pools = [...world.pools.values()]
    .filter(
      ({ pool }) => pool.status === 'open' && !isSynced(pool) && upkeepOfPool(world, pool.name) === undefined,
    )
    .toSorted((a, b) => compareText(a.pool.name, b.pool.name))
    .map((state) => viewEntry(world, state));
  const workflows = [...world.workflows.values()].toSorted(byName).map(viewWorkflow);
  const profiles = [...world.profiles.values()]
    .toSorted(byName)
    .map(({ name, params }) => ({ name, params }));
  return {
    providers,
    ...(workflows.length === 0 ? {} : { workflows }),
    ...(profiles.length === 0 ? {} : { profiles }),
    pools,
  };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return compareText(a.name, b.name);
}

function viewWorkflow({ name, steps }: Workflow): WorkflowEntry {
  return { name, steps: steps.map(viewStep) };
}

function viewStep({ name, uses, timeoutMs, pausesMs, ...step }: Step): StepInput {
  const usual = stepDefaults(uses);
  const said = Object.entries(step).filter(
    ([member, value]) => !isEqual(value, usual[member as keyof typeof usual]),
  );
  const isUsual = timeoutMs === usual.timeoutMs;
  return {
    name,
    uses,
    ...Object.fromEntries(said),
    ...(isUsual ? {} : { timeout: formatDuration(timeoutMs) }),
    ...viewPauses(pausesMs),
  };
}

function viewEntry(world: World, state: PoolState): PoolEntry {
  const resources = viewResources(world, state);
  return { ...viewSpec(specOf(state.pool)), ...(resources.length === 0 ? {} : { resources }) };
}

function viewSpec(pool: PoolSpec): PoolEntry {
  const { name, provider, lease, health, cooldownMs, maxAgeMs, stages, ...spec } = pool;
  const members = Object.entries(spec).filter(
    ([member, value]) => !isEqual(value, POOL_DEFAULTS[member as keyof typeof POOL_DEFAULTS]),
  );
  const { defaultMs, maxMs, queue, warnMs } = lease;
  const isUsual = isEqual(lease, POOL_DEFAULTS.lease);
  const times = {
    default: formatDuration(defaultMs),
    max: formatDuration(maxMs),
    ...(queue === POOL_DEFAULTS.lease.queue ? {} : { queue }),
    ...(warnMs === undefined ? {} : { warnBefore: formatDuration(warnMs) }),
  };
  return {
    name,
    provider,
    ...Object.fromEntries(members),
    ...(cooldownMs === POOL_DEFAULTS.cooldownMs ? {} : { cooldown: formatDuration(cooldownMs) }),
    ...(maxAgeMs === POOL_DEFAULTS.maxAgeMs ? {} : { maxAge: formatDuration(maxAgeMs) }),
    ...(isUsual ? {} : { lease: times }),
    ...viewHealth(health),
    ...(stages === undefined ? {} : { stages: viewStages(stages) }),
  };
}

function viewHealth(health: PoolSpec['health']): Pick<PoolEntry, 'health'> {
  return health.length === 0 ? {} : { health: health.map(viewProbe) as unknown as ProbeInput[] };
}

function viewResources(world: World, { pool, members }: PoolState): ResourceEntry[] {
  // Members that come and go by themselves are nobody's word.
  const isDynamic = pool.stages?.dynamic !== undefined;
  if (isDynamic || world.providers.get(pool.provider)?.makes !== false) return [];
  const entries: ResourceEntry[] = [];
  for (const id of members) {
    const resource = world.resources.get(id) as Resource;
    if (resource.status !== 'exiting' && resource.fate !== 'retire') entries.push(viewResource(resource));
  }
  return entries;
}

function viewResource({ name, labels, params, profiles, addresses, endpoints }: Resource): ResourceEntry {
  return {
    name,
    ...(isEmpty(labels) ? {} : { labels }),
    ...(isEmpty(params) ? {} : { params }),
    ...(profiles.length === 0 ? {} : { profiles }),
    ...(addresses.length === 0 ? {} : { addresses }),
    ...(isEmpty(endpoints) ? {} : { endpoints }),
  };
}

function isEmpty(map: object): boolean {
  return Object.keys(map).length === 0;
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
