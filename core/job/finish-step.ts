import type { Job, StepOutcome } from '../model/job.ts';
import type { Resource } from '../model/resource.ts';
import type { Run, RunStep, StepReport } from '../model/run.ts';
import { formatDuration } from '../duration.ts';
import { invariant } from '../invariant.ts';
import { continueRun } from '../resource/end-transition.ts';
import { endRun } from '../resource/transition.ts';
import { quarantineResource, retireResource } from '../resource/turnover.ts';
import { changeResource } from '../resource/change-resource.ts';
import { endStep, holdRun, noteReport, reportOf } from '../workflow/walk-run.ts';
import type { Transaction } from '../world/transaction.ts';
import { backoffMs } from './backoff.ts';
import { dropJob, startJob } from './start-job.ts';

/** Takes what one attempt at a step came to: on to the next step, to another attempt, or to what a failure leads to. */
export function finishStep(tx: Transaction, job: Job, outcome: StepOutcome): void {
  const run = runOf(tx, job);
  const { isPassed, mayRetry, ...seen } = outcome;
  const report: StepReport = {
    ...seen,
    outcome: isPassed ? 'passed' : 'failed',
    attempts: job.attempts + 1,
    startedAt: run.stepStartedAt ?? seen.startedAt,
    skipped: null,
  };
  if (isPassed) {
    tx.remove('job', job.id);
    return continueRun(tx, endStep(tx, run, report));
  }
  const step = stepOf(run);
  const isTriedAgain = step.onFailure === 'retry' || (mayRetry && report.attempts <= step.retries);
  if (isTriedAgain) return tryAgain(tx, job, { run, report });
  failStep(tx, run, report);
}

function runOf(tx: Transaction, { id, step }: Job): Run {
  const run = tx.world.runs.get(step?.run ?? '');
  invariant(run !== undefined && run.at === step?.index, `job ${id} is not for the step that its run is at`);
  return run;
}

function stepOf(run: Run): RunStep {
  return run.steps[run.at] as RunStep;
}

function tryAgain(tx: Transaction, job: Job, { run, report }: { run: Run; report: StepReport }): void {
  const { attempts, error } = report;
  putOff(tx, { ...job, attempts }, error ?? 'it failed', pauseAfter(stepOf(run), attempts));
  tx.emit(
    'job.failed',
    { resource: run.resource, pool: run.pool },
    { job: job.id, kind: job.kind, run: run.id, step: stepOf(run).name, attempt: attempts, error },
  );
}

/** The pause that the step names after so many attempts: the last one is that of all further ones. */
function pauseAfter({ pausesMs = [] }: RunStep, attempts: number): number | undefined {
  return pausesMs[Math.min(attempts, pausesMs.length) - 1];
}

/** Leaves a job for later, for `pauseMs` or as long as such failures ask for; whoever had it has it no more. */
export function putOff(tx: Transaction, job: Job, lastError: string, pauseMs?: number): void {
  const notBefore = tx.now + (pauseMs ?? backoffMs(Math.max(1, job.attempts), tx.context.random()));
  tx.put('job', job.id, { ...job, claim: null, notBefore, lastError });
}

/** A step has failed for good: what the workflow says about that. */
export function failStep(tx: Transaction, run: Run, report: StepReport): void {
  const step = stepOf(run);
  const resource = tx.world.resources.get(run.resource) as Resource;
  dropJob(tx, resource);
  const noted = noteReport(tx, run, report);
  const reason = `step "${step.name}" of workflow "${step.workflow}" failed: ${report.error ?? 'it says no'}`;
  if (step.onFailure === 'quarantine' || step.onFailure === 'retire')
    return giveUp(tx, noted, { fate: step.onFailure, reason });
  holdRun(tx, noted, { step: step.name, reason });
  if (run.transition === 'allocate') tx.toReplace.push(run.resource);
}

/** The resource goes; what is lent is taken from its lease first, which gets another. */
function giveUp(
  tx: Transaction,
  run: Run,
  { fate, reason }: { fate: 'quarantine' | 'retire'; reason: string },
): void {
  endRun(tx, run.id, 'failed');
  const resource = tx.world.resources.get(run.resource) as Resource;
  if (resource.status === 'preparing') {
    changeResource(tx, resource, { fate });
    tx.toReplace.push(resource.id);
  } else if (fate === 'quarantine') {
    quarantineResource(tx, resource, reason);
  } else if (resource.status === 'exiting') {
    startJob(tx, { kind: 'destroy' }, changeResource(tx, resource, { destination: null }));
  } else {
    retireResource(tx, resource, reason);
  }
}

/** The time of a step that the keeper does itself is over: a wait has passed, an approval has not come. */
export function finishDueStep(tx: Transaction, id: string): void {
  const run = tx.world.runs.get(id) as Run;
  const step = stepOf(run);
  const report = { ...reportOf(tx, run), attempts: 1 };
  if (step.uses === 'wait') return continueRun(tx, endStep(tx, run, report));
  const error = `nobody decided within ${formatDuration(step.timeoutMs)}`;
  failStep(tx, run, { ...report, outcome: 'failed', error });
}
