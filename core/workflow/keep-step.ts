import type { Run, RunStep, StepReport } from '../model/run.ts';
import type { OpenTurnover, TurnoverStep } from '../model/turnover.ts';

/** Steps that one record keeps; of a step that failed again and again the failures come together. */
const STEPS_MAX = 200;

/** Adds what became of a step to a turnover. A failure that follows a failure of the same step takes its place. */
export function keepStep(
  turnover: OpenTurnover,
  { run, step, report }: { run: Run; step: RunStep; report: StepReport },
): OpenTurnover {
  const { name, phase, workflow, uses } = step;
  const last = turnover.steps.at(-1);
  const isAgain =
    last !== undefined &&
    last.run === run.id &&
    last.name === name &&
    last.phase === phase &&
    last.outcome === 'failed';
  const attempts = report.attempts + (isAgain && report.outcome === 'failed' ? last.attempts : 0);
  const kept: TurnoverStep = { run: run.id, phase, workflow, name, uses, ...report, attempts };
  const before = isAgain && report.outcome === 'failed' ? turnover.steps.slice(0, -1) : turnover.steps;
  return { ...turnover, steps: [...before, kept].slice(-STEPS_MAX) };
}
