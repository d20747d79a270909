import { Refusal, refuseInput } from '../errors.ts';
import { canonicalJson } from '../json.ts';
import type { Json } from '../json.ts';
import type { Workflow, WorkflowSpec } from '../model/workflow.ts';
import { requireVersion } from '../world/transaction.ts';
import type { Transaction } from '../world/transaction.ts';
import { requireWorkflow } from './remove-workflow.ts';
import { workflowFaults } from './workflow-faults.ts';

export const WORKFLOWS_MAX = 1_000;

export type PutWorkflow = {
  readonly type: 'putWorkflow';
  readonly spec: WorkflowSpec;
  readonly version?: number;
};

/**
 * Makes a workflow known, or changes it; what already is so stays untouched.
 *
 * Shape: changes the workflow; emits `workflow.changed`. Runs that have begun keep the steps that they began with.
 * Errors: `invalid_input` with everything that is wrong, `workflow_not_found` (a version of nothing), `version_mismatch`.
 */
export function putWorkflow(tx: Transaction, { spec, version }: PutWorkflow): Workflow {
  const { name, steps } = spec;
  const current = tx.world.workflows.get(name);
  if (version !== undefined) requireVersion(requireWorkflow(tx, name).version, version);
  requireFaultless(spec);
  if (current === undefined && tx.world.workflows.size >= WORKFLOWS_MAX)
    throw refuseInput('/name', `there are ${WORKFLOWS_MAX} workflows, which is the most`);
  if (current !== undefined && isSame(current.steps, steps)) return current;
  const changed = {
    name,
    steps,
    version: (current?.version ?? 0) + 1,
    createdAt: current?.createdAt ?? tx.now,
  };
  tx.emit('workflow.changed', {}, { name, version: changed.version });
  return tx.put('workflow', name, changed);
}

function requireFaultless({ name, steps }: WorkflowSpec): void {
  const faults = workflowFaults(steps);
  const [first] = faults;
  if (first === undefined) return;
  const more = faults.length > 1 ? ` And ${faults.length - 1} more: see "errors".` : '';
  throw new Refusal('invalid_input', `Workflow "${name}": ${first.message}.${more}`, { faults });
}

function isSame(before: WorkflowSpec['steps'], after: WorkflowSpec['steps']): boolean {
  return canonicalJson(before as Json) === canonicalJson(after as Json);
}
