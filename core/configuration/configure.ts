import { Refusal } from '../errors.ts';
import { requirePlace } from '../pool/pool-tree.ts';
import { requireSplit } from '../pool/split-pool.ts';
import type { Transaction } from '../world/transaction.ts';
import type { Configuration } from './configuration.ts';
import { missingSecrets } from './missing-secrets.ts';
import { createPlan } from './plan.ts';
import type { Plan, PlanEntry } from './plan.ts';
import { prune } from './prune.ts';
import { takePool, takeProfile, takeProvider, takeResource, takeWorkflow } from './take-documents.ts';

export type Configure = Configuration & {
  readonly type: 'configure';
  /** The fingerprint of the plan that was agreed to; null where nobody was asked. */
  readonly agreed: string | null;
};

/**
 * Makes the world as a configuration says, in one decision or not at all: providers, workflows, profiles, pools and registered
 * resources are created, changed and, when it prunes, given up.
 *
 * Shape: answers what it changed and what follows from it, as `planConfiguration` says it beforehand.
 * Errors: those of `putProvider`, `putWorkflow`, `putProfile`, `putPool` and `registerResource`, with pointers into the
 * configuration; `plan_outdated` when what would happen is not what was agreed to.
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

/**
 * Carries a configuration out and says what that was. Whoever only wants to know rolls the transaction back.
 *
 * What is named comes before what names it: providers, workflows and profiles before pools. What goes, goes the other way round.
 */
export function carryOut(tx: Transaction, input: Configuration): Plan {
  const { providers, workflows = [], profiles = [], pools, isPruning } = input;
  const entries: PlanEntry[] = [];
  // One by one: a pool may have more members than a call may have arguments.
  const add = (found: readonly PlanEntry[]): void => found.forEach((entry) => entries.push(entry));
  providers.forEach((spec, index) => add(within(`/providers/${index}`, () => takeProvider(tx, spec))));
  workflows.forEach((spec, index) => add(within(`/workflows/${index}`, () => takeWorkflow(tx, spec))));
  profiles.forEach((spec, index) => add(within(`/profiles/${index}`, () => takeProfile(tx, spec))));
  pools.forEach(({ spec, resources }, index) => {
    add(within(`/pools/${index}`, () => takePool(tx, spec)));
    resources.forEach((resource, at) => {
      add(within(`/pools/${index}/resources/${at}`, () => takeResource(tx, spec.name, resource)));
    });
  });
  if (isPruning) add(prune(tx, { providers, workflows, profiles, pools }));
  // Places are looked at when all pools are as they shall be: a parent may be named after those that hang under it.
  pools.forEach(({ spec }, index) => {
    const { pool } = tx.requirePool(spec.name);
    within(`/pools/${index}`, () => {
      requirePlace(tx, pool);
      requireSplit(tx, pool);
    });
  });
  return createPlan(entries, missingSecrets(tx, workflows));
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
