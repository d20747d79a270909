import { invariant } from '../invariant.ts';
import { parseDuration } from '../duration.ts';
import { compileFilter } from '../filter/filter.ts';
import { startJob } from '../job/start-job.ts';
import { followWait } from '../lease/put-off.ts';
import type { Resource } from '../model/resource.ts';
import type { Run, RunStep, StepReport } from '../model/run.ts';
import { changeResource } from '../resource/change-resource.ts';
import type { Transaction } from '../world/transaction.ts';
import { keepStep } from './keep-step.ts';
import { effectiveParams } from './scope.ts';

/** `through`: every step is done. `under way`: one is being done, or waits. `held`: a person has to look. */
export type Walked = 'through' | 'under way' | 'held';

/** Puts a new version of a run. */
export function changeRun(tx: Transaction, run: Run, change: Partial<Run>): Run {
  const changed = tx.put('run', run.id, { ...run, ...change, version: run.version + 1 });
  followWait(tx, run, changed);
  return changed;
}

/**
 * Brings a run on from the step that it is at: what its condition does not want is passed over, the keeper's own steps wait,
 * and everything else becomes a job.
 */
export function walkRun(tx: Transaction, start: Run): Walked {
  let run = start;
  for (;;) {
    const step = run.steps[run.at];
    if (step === undefined) return provesNothing(run) ? holdUnproven(tx, run) : 'through';
    const resource = tx.world.resources.get(run.resource) as Resource;
    if (isWanted(tx, resource, step)) {
      beginStep(tx, run, { step, resource });
      return 'under way';
    }
    run = endStep(tx, run, { ...reportOf(tx, run), outcome: 'unneeded' });
  }
}

/** A verification whose every step was passed over has looked at nothing. */
function provesNothing({ steps }: Run): boolean {
  const looks = steps.filter(({ phase }) => phase === 'verify');
  return looks.length > 0 && looks.every(({ report }) => report?.outcome === 'unneeded');
}

function holdUnproven(tx: Transaction, run: Run): Walked {
  const reason = 'no step of the verification wanted to run, so nothing proves that it is clean';
  holdRun(tx, changeRun(tx, run, { at: run.steps.findIndex(({ phase }) => phase === 'verify') }), {
    step: null,
    reason,
  });
  return 'held';
}

function isWanted(tx: Transaction, resource: Resource, step: RunStep): boolean {
  if (step.if === null) return true;
  const { name, kind, labels, addresses } = resource;
  return compileFilter(step.if)({
    name,
    kind,
    labels,
    addresses,
    params: effectiveParams(tx.world, resource),
  });
}

function beginStep(
  tx: Transaction,
  run: Run,
  { step, resource }: { step: RunStep; resource: Resource },
): void {
  const change = { status: 'running', stepStartedAt: tx.now } as const;
  if (step.uses === 'wait') {
    changeRun(tx, run, { ...change, dueAt: tx.now + (parseDuration(step.with['for'] as string) ?? 0) });
  } else if (step.uses === 'approval') {
    changeRun(tx, run, { ...change, dueAt: tx.now + step.timeoutMs });
    tx.emit('run.waiting', subjectOf(run), {
      run: run.id,
      step: step.name,
      message: step.with['message'] ?? '',
    });
  } else {
    changeRun(tx, run, { ...change, dueAt: null });
    startJob(tx, { kind: 'step', step: { run: run.id, index: run.at }, runsOn: step.runsOn }, resource);
  }
}

/** A report of the step that a run is at, in which nothing was tried. */
export function reportOf(tx: Transaction, run: Run): StepReport {
  return {
    outcome: 'passed',
    attempts: 0,
    startedAt: run.stepStartedAt ?? tx.now,
    endedAt: tx.now,
    exitCode: null,
    outputDigest: null,
    outputBytes: 0,
    evidence: null,
    error: null,
    skipped: null,
  };
}

/** The step that a run is at is done with: the run stands at the next one, which is not begun. */
export function endStep(tx: Transaction, run: Run, report: StepReport): Run {
  const noted = noteReport(tx, run, report);
  return changeRun(tx, noted, { at: run.at + 1, stepStartedAt: null, dueAt: null });
}

/** Writes down what became of the step that a run is at, in the run and in the turnover that it is part of. */
export function noteReport(tx: Transaction, run: Run, report: StepReport): Run {
  const step = run.steps[run.at];
  invariant(step !== undefined, `run ${run.id} is at no step`);
  const resource = tx.world.resources.get(run.resource) as Resource;
  if (run.transition === 'release' && resource.turnover !== null)
    changeResource(tx, resource, { turnover: keepStep(resource.turnover, { run, step, report }) });
  tx.emit('run.step', subjectOf(run), {
    run: run.id,
    step: step.name,
    outcome: report.outcome,
    attempts: report.attempts,
    ...(report.exitCode === null ? {} : { exitCode: report.exitCode }),
    ...(report.error === null ? {} : { error: report.error }),
    ...(report.skipped === null ? {} : { skipped: report.skipped }),
  });
  return changeRun(tx, run, {
    steps: run.steps.map((one, index) => (index === run.at ? { ...one, report } : one)),
  });
}

/** Stops a run, and its resource, for a person. */
export function holdRun(
  tx: Transaction,
  run: Run,
  { step, reason }: { step: string | null; reason: string },
): void {
  changeRun(tx, run, { status: 'held', dueAt: null });
  const resource = tx.world.resources.get(run.resource) as Resource;
  changeResource(tx, resource, { hold: { reason, since: tx.now, step, run: run.id } });
  tx.emit('resource.held', subjectOf(run), { reason, status: resource.status, step, run: run.id });
}

export function subjectOf({ resource, pool, lease, holder }: Run): {
  resource: string;
  pool: string;
  lease?: string;
  holder?: string;
} {
  return {
    resource,
    pool,
    ...(lease === null ? {} : { lease }),
    ...(holder === null ? {} : { holder }),
  };
}
