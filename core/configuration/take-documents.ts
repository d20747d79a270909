import { formatDuration } from '../duration.ts';
import { canonicalJson } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Pool } from '../model/pool.ts';
import type { ProviderSpec } from '../model/provider.ts';
import type { ProfileSpec, Step, Workflow, WorkflowSpec } from '../model/workflow.ts';
import { POOL_DEFAULTS, specOf, takeSpec } from '../pool/put-pool.ts';
import { putProvider } from '../provider/put-provider.ts';
import { changeTraits, registerResource } from '../resource/register-resource.ts';
import { putProfile } from '../workflow/put-profile.ts';
import { putWorkflow } from '../workflow/put-workflow.ts';
import { stepDefaults } from '../workflow/workflow-faults.ts';
import type { Transaction } from '../world/transaction.ts';
import type { ConfiguredPool, ConfiguredResource } from './configuration.ts';
import { memberChanges } from './member-changes.ts';
import type { MemberChange, PlanEntry } from './plan.ts';
import { effectsOfPut, poolBefore } from './pool-effects.ts';

/** Each makes one document as a configuration says, and answers what that changed: nothing, where it is so already. */

export function takeProvider(tx: Transaction, spec: ProviderSpec): PlanEntry[] {
  const before = tx.world.providers.get(spec.name);
  const after = putProvider(tx, { type: 'putProvider', spec });
  if (before === after) return [];
  const show = ({ driver, options }: ProviderSpec): JsonObject => ({ driver, ...options });
  const changes = memberChanges(before === undefined ? {} : show(before), show(after));
  return [entryOf('provider', spec.name, { isNew: before === undefined, changes })];
}

export function takeWorkflow(tx: Transaction, spec: WorkflowSpec): PlanEntry[] {
  const before = tx.world.workflows.get(spec.name);
  const after = putWorkflow(tx, { type: 'putWorkflow', spec });
  if (before === after) return [];
  const changes = memberChanges(before === undefined ? {} : showSteps(before), showSteps(after));
  return [entryOf('workflow', spec.name, { isNew: before === undefined, changes })];
}

/** Steps by their names, so that a change of one is told as that; their order stands beside them. */
function showSteps({ steps }: Workflow): JsonObject {
  return {
    steps: Object.fromEntries(steps.map((step) => [step.name, showStep(step)])),
    order: steps.map(({ name }) => name),
  };
}

/** What is as by default goes without saying. */
function showStep(named: Step): JsonObject {
  const { name: _, timeoutMs, pausesMs, uses, ...step } = named;
  const usual = stepDefaults(uses);
  const said = Object.entries(step as JsonObject).filter(
    ([member, value]) => canonicalJson(value) !== canonicalJson((usual as JsonObject)[member] ?? null),
  );
  const isUsual = timeoutMs === usual.timeoutMs;
  return {
    uses,
    ...Object.fromEntries(said),
    ...(isUsual ? {} : { timeout: formatDuration(timeoutMs) }),
    ...(pausesMs === undefined ? {} : { pauses: pausesMs.map(formatDuration) }),
  };
}

export function takeProfile(tx: Transaction, spec: ProfileSpec): PlanEntry[] {
  const before = tx.world.profiles.get(spec.name);
  const after = putProfile(tx, { type: 'putProfile', spec });
  if (before === after) return [];
  const show = (profile: ProfileSpec | undefined): JsonObject =>
    profile === undefined ? {} : { params: profile.params };
  return [
    entryOf('profile', spec.name, {
      isNew: before === undefined,
      changes: memberChanges(show(before), show(after)),
    }),
  ];
}

export function takePool(tx: Transaction, spec: ConfiguredPool['spec']): PlanEntry[] {
  const state = tx.world.pools.get(spec.name);
  const pool = state?.pool;
  const before = state === undefined ? undefined : poolBefore(state);
  const after = takeSpec(tx, { type: 'putPool', name: spec.name, spec, merge: false });
  if (after === pool) return [];
  const changes = pool === undefined ? saidOf(after) : memberChanges(withoutName(pool), withoutName(after));
  const effects = effectsOfPut(tx.requirePool(spec.name), before);
  return [{ ...entryOf('pool', spec.name, { isNew: pool === undefined, changes }), effects }];
}

function withoutName(pool: Pool): JsonObject {
  const { name: _, ...spec } = specOf(pool);
  return spec as JsonObject;
}

/** What is said of a new pool: what is as by default goes without saying. */
function saidOf(pool: Pool): MemberChange[] {
  const defaults: JsonObject = POOL_DEFAULTS;
  return memberChanges({}, withoutName(pool)).filter(
    ({ member, after }) => canonicalJson(after ?? null) !== canonicalJson(defaults[member] ?? null),
  );
}

export function takeResource(tx: Transaction, pool: string, resource: ConfiguredResource): PlanEntry[] {
  const { name, labels = {}, params = {}, addresses = [], endpoints = {}, profiles, stage } = resource;
  const traits = { labels, params, addresses, endpoints, ...(profiles === undefined ? {} : { profiles }) };
  const id = tx.requirePool(pool).idByName.get(name);
  const known = id === undefined ? undefined : tx.world.resources.get(id);
  if (known === undefined) {
    const at = stage === undefined ? {} : { stage };
    registerResource(tx, { type: 'registerResource', pool, name, ...traits, ...at });
    const effects = [{ effect: 'register', count: 1, reason: 'the configuration names it' }] as const;
    return [
      {
        ...entryOf('resource', name, {
          isNew: true,
          changes: memberChanges({}, traits as Json as JsonObject),
        }),
        pool,
        effects,
      },
    ];
  }
  const now = {
    labels: known.labels,
    params: known.params,
    addresses: known.addresses,
    endpoints: known.endpoints,
    ...(profiles === undefined ? {} : { profiles: known.profiles }),
  };
  const changes = memberChanges(now as Json as JsonObject, traits as Json as JsonObject);
  if (changes.length === 0) return [];
  changeTraits(tx, { type: 'changeTraits', resource: known.id, ...traits });
  return [{ ...entryOf('resource', name, { isNew: false, changes }), pool }];
}

function entryOf(
  kind: PlanEntry['kind'],
  name: string,
  { isNew, changes }: { isNew: boolean; changes: PlanEntry['changes'] },
): PlanEntry {
  return { kind, action: isNew ? 'create' : 'change', name, pool: null, changes, effects: [] };
}
