import { Refusal } from '../errors.ts';
import { canonicalJson } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Pool } from '../model/pool.ts';
import type { ProviderSpec } from '../model/provider.ts';
import { requirePlace } from '../pool/pool-tree.ts';
import { POOL_DEFAULTS, specOf, takeSpec } from '../pool/put-pool.ts';
import { putProvider } from '../provider/put-provider.ts';
import { changeTraits, registerResource } from '../resource/register-resource.ts';
import type { Transaction } from '../world/transaction.ts';
import type { Configuration, ConfiguredPool, ConfiguredResource } from './configuration.ts';
import { memberChanges } from './member-changes.ts';
import { createPlan } from './plan.ts';
import type { MemberChange, Plan, PlanEntry } from './plan.ts';
import { effectsOfPut, poolBefore } from './pool-effects.ts';
import { prune } from './prune.ts';

export type Configure = Configuration & {
  readonly type: 'configure';
  /** The fingerprint of the plan that was agreed to; null where nobody was asked. */
  readonly agreed: string | null;
};

/**
 * Makes the world as a configuration says, in one decision or not at all: providers, pools and registered resources are
 * created, changed and, when it prunes, given up.
 *
 * Shape: answers what it changed and what follows from it, as `planConfiguration` says it beforehand.
 * Errors: those of `putProvider`, `putPool` and `registerResource`, with pointers into the configuration; `plan_outdated` when
 * what would happen is not what was agreed to.
 */
export function configure(tx: Transaction, input: Configure): Plan {
  const plan = carryOut(tx, input);
  if (input.agreed !== null && input.agreed !== plan.fingerprint) {
    throw new Refusal(
      'plan_outdated',
      'The world changed since the plan was made, and applying it would do something else now. Nothing was changed. Plan again.',
    );
  }
  return plan;
}

/** Carries a configuration out and says what that was. Whoever only wants to know rolls the transaction back. */
export function carryOut(tx: Transaction, { providers, pools, isPruning }: Configuration): Plan {
  const entries: PlanEntry[] = [];
  // One by one: a pool may have more members than a call may have arguments.
  const add = (found: readonly PlanEntry[]): void => found.forEach((entry) => entries.push(entry));
  providers.forEach((spec, index) => add(within(`/providers/${index}`, () => takeProvider(tx, spec))));
  pools.forEach(({ spec, resources }, index) => {
    add(within(`/pools/${index}`, () => takePool(tx, spec)));
    resources.forEach((resource, at) => {
      add(within(`/pools/${index}/resources/${at}`, () => takeResource(tx, spec.name, resource)));
    });
  });
  if (isPruning) add(prune(tx, { providers, pools }));
  // Places are looked at when all pools are as they shall be: a parent may be named after those that hang under it.
  pools.forEach(({ spec }, index) => {
    within(`/pools/${index}`, () => requirePlace(tx, tx.requirePool(spec.name).pool));
  });
  return createPlan(entries);
}

function takeProvider(tx: Transaction, spec: ProviderSpec): PlanEntry[] {
  const before = tx.world.providers.get(spec.name);
  const after = putProvider(tx, { type: 'putProvider', spec });
  if (before === after) return [];
  const show = ({ driver, options }: ProviderSpec): JsonObject => ({ driver, ...options });
  const changes = memberChanges(before === undefined ? {} : show(before), show(after));
  return [entryOf('provider', spec.name, { isNew: before === undefined, changes })];
}

function takePool(tx: Transaction, spec: ConfiguredPool['spec']): PlanEntry[] {
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

function takeResource(tx: Transaction, pool: string, resource: ConfiguredResource): PlanEntry[] {
  const { name, labels = {}, params = {}, addresses = [], endpoints = {} } = resource;
  const traits = { labels, params, addresses, endpoints };
  const id = tx.requirePool(pool).idByName.get(name);
  const known = id === undefined ? undefined : tx.world.resources.get(id);
  if (known === undefined) {
    registerResource(tx, { type: 'registerResource', pool, name, ...traits });
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

function within<T>(at: string, change: () => T): T {
  try {
    return change();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const faults = error.faults.map(({ pointer, message }) => ({ pointer: `${at}${pointer}`, message }));
    throw new Refusal(error.code, error.message, {
      faults: faults.length > 0 ? faults : [{ pointer: at, message: error.message }],
      cause: error,
    });
  }
}
