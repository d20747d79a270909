import { giveCredentials } from '../credential/put-credential.ts';
import { formatDuration } from '../duration.ts';
import { Refusal } from '../errors.ts';
import { canonicalJson } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { GIVEN_PARTS } from '../model/credential.ts';
import type { Credential } from '../model/credential.ts';
import type { Pool } from '../model/pool.ts';
import type { ProviderSpec } from '../model/provider.ts';
import type { Resource } from '../model/resource.ts';
import type { ProfileSpec, Step, Workflow, WorkflowSpec } from '../model/workflow.ts';
import { POOL_DEFAULTS, specOf, takeSpec } from '../pool/put-pool.ts';
import { putProvider } from '../provider/put-provider.ts';
import { changeTraits, registerResource } from '../resource/register-resource.ts';
import type { RegisterResource } from '../resource/register-resource.ts';
import { putProfile } from '../workflow/put-profile.ts';
import { putWorkflow } from '../workflow/put-workflow.ts';
import { stepDefaults } from '../workflow/workflow-faults.ts';
import type { Transaction } from '../world/transaction.ts';
import type { ConfiguredCredentials, ConfiguredPool, ConfiguredResource } from './configuration.ts';
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
  const {
    name,
    labels = {},
    params = {},
    addresses = [],
    endpoints = {},
    profiles,
    stage,
    credentials,
  } = resource;
  const traits = { labels, params, addresses, endpoints, ...(profiles === undefined ? {} : { profiles }) };
  const id = tx.requirePool(pool).idByName.get(name);
  const known = id === undefined ? undefined : tx.world.resources.get(id);
  if (known === undefined) {
    const at = stage === undefined ? {} : { stage };
    registerResource(tx, {
      type: 'registerResource',
      pool,
      name,
      ...traits,
      ...at,
      ...registrationOf(credentials),
    });
    const effects = [{ effect: 'register', count: 1, reason: 'the configuration names it' }] as const;
    return [
      {
        ...entryOf('resource', name, {
          isNew: true,
          changes: [
            ...memberChanges({}, traits as Json as JsonObject),
            ...credentialChanges(credentials, null),
          ],
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
  const traitChanges = memberChanges(now as Json as JsonObject, traits as Json as JsonObject);
  if (traitChanges.length > 0) changeTraits(tx, { type: 'changeTraits', resource: known.id, ...traits });
  const changes = [...traitChanges, ...takeCredentials(tx, known, credentials)];
  if (changes.length === 0) return [];
  return [{ ...entryOf('resource', name, { isNew: false, changes }), pool }];
}

/** Who gives credentials that a configuration says. */
const BY_CONFIGURATION = 'the configuration';

function registrationOf(
  credentials: ConfiguredCredentials | undefined,
): Partial<Pick<RegisterResource, 'id' | 'credentials' | 'told' | 'by'>> {
  if (credentials === undefined) return {};
  const { resource: id, sealed, told } = credentials;
  return { id, credentials: sealed, told, by: BY_CONFIGURATION };
}

function takeCredentials(
  tx: Transaction,
  { id, name }: Resource,
  credentials: ConfiguredCredentials | undefined,
): MemberChange[] {
  if (credentials === undefined) return [];
  const { resource, sealed, told } = credentials;
  if (resource !== id) {
    throw new Refusal(
      'plan_outdated',
      `Resource "${name}" came into its pool while the configuration was read. Nothing was changed. Apply it again.`,
    );
  }
  const changes = credentialChanges(credentials, tx.world.credentials.get(id) ?? null);
  giveCredentials(tx, tx.world.resources.get(id) as Resource, { sealed, told, by: BY_CONFIGURATION });
  return changes;
}

/** That a credential is another one, and nothing of which. */
function credentialChanges(
  credentials: ConfiguredCredentials | undefined,
  before: Credential | null,
): MemberChange[] {
  return GIVEN_PARTS.filter((part) => credentials?.sealed[part] !== undefined).map((part) => ({
    member: `credentials.${part}`,
    before: before === null || before[part] === null ? undefined : 'sealed',
    after: before === null || before[part] === null ? 'sealed' : 'sealed, another one',
  }));
}

function entryOf(
  kind: PlanEntry['kind'],
  name: string,
  { isNew, changes }: { isNew: boolean; changes: PlanEntry['changes'] },
): PlanEntry {
  return { kind, action: isNew ? 'create' : 'change', name, pool: null, changes, effects: [] };
}
