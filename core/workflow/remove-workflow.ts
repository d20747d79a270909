import { Refusal } from '../errors.ts';
import type { Pool } from '../model/pool.ts';
import type { Workflow } from '../model/workflow.ts';
import { requireVersion } from '../world/transaction.ts';
import type { Transaction } from '../world/transaction.ts';
import type { World } from '../world/world.ts';
import { namesOf } from './named-by-transitions.ts';

/** Pools that a refusal names. */
const NAMED_MAX = 5;

export type RemoveWorkflow = {
  readonly type: 'removeWorkflow';
  readonly name: string;
  readonly version?: number;
};

/**
 * Takes a workflow away. Runs that have begun keep the steps that they began with.
 *
 * Errors: `workflow_not_found`, `workflow_in_use` while a transition of a pool names it, `version_mismatch`.
 */
export function removeWorkflow(tx: Transaction, { name, version }: RemoveWorkflow): Workflow {
  const workflow = requireWorkflow(tx, name);
  requireVersion(workflow.version, version);
  const pools = poolsRunning(tx.world, name).map((pool) => pool.name);
  if (pools.length > 0) {
    throw new Refusal(
      'workflow_in_use',
      `Workflow "${name}" is named by transitions of ${listOf(pools)}. Change those first ("on" of the pool).`,
    );
  }
  tx.remove('workflow', name);
  tx.emit('workflow.removed', {}, { name });
  return workflow;
}

/** Errors: `workflow_not_found`. */
export function requireWorkflow(tx: Transaction, name: string): Workflow {
  const workflow = tx.world.workflows.get(name);
  if (workflow !== undefined) return workflow;
  throw new Refusal(
    'workflow_not_found',
    `There is no workflow "${name}". See the workflows that exist with GET /v1/workflows.`,
  );
}

/** The pools whose transitions name a workflow, in the order of their names. */
export function poolsRunning(world: World, workflow: string): Pool[] {
  return [...world.pools.values()]
    .map(({ pool }) => pool)
    .filter(({ on }) => namesOf(on).some(({ kind, name }) => kind === 'workflow' && name === workflow))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** `pool a`, `pools a, b`, and of many the first. */
export function listOf(pools: readonly string[]): string {
  const more = pools.length > NAMED_MAX ? ` and ${pools.length - NAMED_MAX} more` : '';
  return `${pools.length === 1 ? 'pool' : 'pools'} ${pools.slice(0, NAMED_MAX).join(', ')}${more}`;
}
