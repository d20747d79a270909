import { formatDuration, questionOf } from '@poolkeeper/core';
import type { Run, RunStep, SecretUse, StepReport } from '@poolkeeper/core';
import { instantText, maybeInstantText } from '../instant.ts';
import type { RunBody } from '../schemas/run.ts';
import { viewPauses } from './workflow.ts';

/** A run as the API shows it, live or over. Of a secret it knows the name alone. */
export function viewRun(run: Run): RunBody {
  const isThrough = run.endedAt !== null;
  return {
    id: run.id,
    resource: run.resource,
    resourceName: run.resourceName,
    pool: run.pool,
    transition: run.transition,
    epoch: run.epoch,
    lease: run.lease,
    holder: run.holder,
    status: run.status,
    step: isThrough ? null : (run.steps[run.at]?.name ?? null),
    asks: isThrough ? null : questionOf(run),
    stepStartedAt: isThrough ? null : maybeInstantText(run.stepStartedAt),
    dueAt: isThrough ? null : maybeInstantText(run.dueAt),
    steps: run.steps.map(viewStep),
    workflows: run.workflows,
    startedAt: instantText(run.startedAt),
    endedAt: maybeInstantText(run.endedAt),
    version: run.version,
  };
}

function viewStep(step: RunStep): RunBody['steps'][number] {
  return {
    name: step.name,
    phase: step.phase,
    workflow: step.workflow,
    uses: step.uses,
    with: step.with,
    secrets: step.secrets.map(viewSecretUse),
    timeout: formatDuration(step.timeoutMs),
    retries: step.retries,
    ...viewPauses(step.pausesMs),
    if: step.if,
    onFailure: step.onFailure,
    runsOn: step.runsOn,
    report: step.report === null ? null : viewReport(step.report),
  };
}

function viewSecretUse({ pointer, parts }: SecretUse): { pointer: string; text: string } {
  const text = parts.map((part) => (typeof part === 'string' ? part : `\${secrets.${part.secret}}`)).join('');
  return { pointer, text };
}

function viewReport(report: StepReport): NonNullable<RunBody['steps'][number]['report']> {
  const { startedAt, endedAt, ...rest } = report;
  return { ...rest, startedAt: instantText(startedAt), endedAt: instantText(endedAt) };
}
