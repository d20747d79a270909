import type { JsonObject } from '../json.ts';
import type { Resource } from '../model/resource.ts';
import type { Run, RunPhase, RunStep } from '../model/run.ts';
import type { ReleaseSpec, TransitionSpec } from '../model/transition.ts';
import type { Step, Workflow } from '../model/workflow.ts';
import type { Transaction } from '../world/transaction.ts';
import { fillIn } from './interpolate.ts';
import { effectiveParams, scopeOf } from './scope.ts';
import { withOwnMembers, withSecretsHidden } from './step-defaults.ts';
import type { MoveLease } from './scope.ts';
import { waitFault } from './workflow-faults.ts';

/** The steps of a move, filled in; or why it cannot be begun, in words for a person. */
export type RunPlan = {
  readonly steps: readonly RunStep[];
  readonly workflows: Run['workflows'];
  readonly fault: string | null;
};

export type PlanInput = {
  readonly spec: TransitionSpec | ReleaseSpec;
  readonly run: string;
  readonly lease: MoveLease | null;
  /** Is the resource about to go? Then nobody need clean it, or prove that it is clean. */
  readonly isLeaving: boolean;
};

/**
 * Characters of JSON that the steps of one run may come to: each change of the run writes all of them, and parameters may be
 * named many times.
 */
const RUN_LENGTH_MAX = 512 * 1_024;

/**
 * Takes the workflows of a move together and fills in their references, all of them before anything runs.
 *
 * Shape: a plan with a fault has no steps.
 */
export function planRun(tx: Transaction, resource: Resource, input: PlanInput): RunPlan {
  const scope = scopeOf(tx.world, resource, input);
  const params = effectiveParams(tx.world, resource);
  const steps: RunStep[] = [];
  const workflows: Record<string, number> = {};
  let length = 0;
  for (const [phase, name] of phasesOf(input)) {
    const workflow = tx.world.workflows.get(name);
    if (workflow === undefined) return faulty(`there is no workflow "${name}"`);
    workflows[name] = workflow.version;
    for (const step of workflow.steps) {
      const { value, secrets, faults } = fillIn(step.with, scope);
      const [fault] = faults;
      if (fault !== undefined)
        return faulty(
          `step "${step.name}" of workflow "${name}": ${fault.pointer.slice(1)}: ${fault.message}`,
        );
      length += JSON.stringify(value).length;
      if (length > RUN_LENGTH_MAX) return faulty(tooLong(step, workflow));
      const given = withOwnMembers(step.uses, value as JsonObject, params);
      const shown = withSecretsHidden(
        given,
        secrets.map(({ pointer }) => pointer),
      );
      const wrong = wrongWait(step, given) ?? tx.context.checkStep(step.uses, shown);
      if (wrong !== null) return faulty(`step "${step.name}" of workflow "${name}": ${wrong}`);
      steps.push(runStepOf(step, { phase, workflow, input: given, secrets }));
    }
  }
  return { steps, workflows, fault: null };
}

function tooLong(step: Step, workflow: Workflow): string {
  const most = `${RUN_LENGTH_MAX / 1_024} KiB`;
  return `up to step "${step.name}" of workflow "${workflow.name}" the steps come to more than ${most} with their parameters filled in; keep long scripts in files and name those`;
}

/** The keeper waits itself, so it has to know for how long. */
function wrongWait(step: Step, input: JsonObject): string | null {
  if (step.uses !== 'wait') return null;
  const fault = waitFault(input['for']);
  return fault === null ? null : `${fault}; it is ${JSON.stringify(input['for'])}`;
}

/** Workflow, then what cleans, then what proves it. */
function phasesOf({ spec, isLeaving }: PlanInput): [RunPhase, string][] {
  const { workflow, clean, verify } = spec as ReleaseSpec;
  const phases: [RunPhase, string | undefined][] = isLeaving
    ? [['workflow', workflow]]
    : [
        ['workflow', workflow],
        ['clean', clean],
        ['verify', verify],
      ];
  return phases.filter((phase): phase is [RunPhase, string] => phase[1] !== undefined);
}

function faulty(fault: string): RunPlan {
  return { steps: [], workflows: {}, fault };
}

function runStepOf(
  step: Step,
  {
    phase,
    workflow,
    input,
    secrets,
  }: {
    phase: RunPhase;
    workflow: Workflow;
    input: JsonObject;
    secrets: RunStep['secrets'];
  },
): RunStep {
  const { name, uses, timeoutMs, retries, pausesMs, onFailure, runsOn } = step;
  return {
    name,
    phase,
    workflow: workflow.name,
    uses,
    with: input,
    secrets,
    timeoutMs,
    retries,
    ...(pausesMs === undefined ? {} : { pausesMs }),
    if: step.if,
    onFailure,
    runsOn,
    report: null,
  };
}
