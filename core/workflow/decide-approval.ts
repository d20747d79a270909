import { Refusal } from '../errors.ts';
import { failStep } from '../job/finish-step.ts';
import type { Run } from '../model/run.ts';
import { continueRun } from '../resource/end-transition.ts';
import { requireVersion } from '../world/transaction.ts';
import type { Transaction } from '../world/transaction.ts';
import { endStep, reportOf } from './walk-run.ts';

export type DecideApproval = {
  readonly type: 'decideApproval';
  readonly run: string;
  readonly isApproved: boolean;
  /** Who says so, and why; both are kept as evidence. */
  readonly by: string;
  readonly reason: string;
  /** Of the run as the person saw it: a word that comes late must not answer the next question. */
  readonly version?: number;
};

/** What a run asks of a person now; null where it waits for nobody's word. */
export function questionOf(run: Run): string | null {
  const step = run.steps[run.at];
  if (run.status !== 'running' || step?.uses !== 'approval') return null;
  const { message = '' } = step.with;
  // A reference that is the whole text keeps the type of what it names.
  return typeof message === 'string' ? message : JSON.stringify(message);
}

/**
 * A person says yes or no to a step that waits for it.
 *
 * Shape: answers the run as it was when the step was decided on; after the last step it is over.
 * Errors: `run_not_found`, `run_not_waiting`, `version_mismatch`.
 */
export function decideApproval(tx: Transaction, input: DecideApproval): Run {
  const run = tx.world.runs.get(input.run);
  if (run === undefined) throw new Refusal('run_not_found', `There is no run "${input.run}" under way.`);
  if (questionOf(run) === null) throw refuseDecision(run);
  requireVersion(run.version, input.version);
  const { isApproved, by, reason } = input;
  const report = { ...reportOf(tx, run), attempts: 1, evidence: { decidedBy: by, reason } };
  if (isApproved) continueRun(tx, endStep(tx, run, report));
  else failStep(tx, run, { ...report, outcome: 'failed', error: `${by} said no: ${reason}` });
  return run;
}

/** No word is wanted of a run that is at something else, or over. */
export function refuseDecision(run: Run): Refusal {
  const step = run.steps[run.at];
  const where = step === undefined || run.endedAt !== null ? '' : ` at step "${step.name}"`;
  return new Refusal(
    'run_not_waiting',
    `Run ${run.id} does not wait for an approval: it is ${run.status}${where}. Those that do are at GET /v1/runs?waiting=true.`,
  );
}
