import { Refusal } from '../errors.ts';
import { failStep } from '../job/finish-step.ts';
import type { Run } from '../model/run.ts';
import { continueRun } from '../resource/end-transition.ts';
import type { Transaction } from '../world/transaction.ts';
import { endStep, reportOf } from './walk-run.ts';

export type DecideApproval = {
  readonly type: 'decideApproval';
  readonly run: string;
  readonly isApproved: boolean;
  /** Who says so, and why; both are kept as evidence. */
  readonly by: string;
  readonly reason: string;
};

/**
 * A person says yes or no to a step that waits for it.
 *
 * Shape: answers the run as it was when the step was decided on; after the last step it is over.
 * Errors: `run_not_found`, `run_not_waiting`.
 */
export function decideApproval(tx: Transaction, input: DecideApproval): Run {
  const run = tx.world.runs.get(input.run);
  if (run === undefined) throw new Refusal('run_not_found', `There is no run "${input.run}" under way.`);
  const step = run.steps[run.at];
  if (run.status !== 'running' || step?.uses !== 'approval') {
    throw new Refusal(
      'run_not_waiting',
      `Run ${run.id} does not wait for an approval: it is ${run.status} at step "${step?.name ?? 'none'}".`,
    );
  }
  const { isApproved, by, reason } = input;
  const report = { ...reportOf(tx, run), attempts: 1, evidence: { decidedBy: by, reason } };
  if (isApproved) continueRun(tx, endStep(tx, run, report));
  else failStep(tx, run, { ...report, outcome: 'failed', error: `${by} said no: ${reason}` });
  return run;
}
