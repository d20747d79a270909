import type { WorkflowSpec } from '../model/workflow.ts';
import { secretNamesIn } from '../workflow/secret-names.ts';
import type { Transaction } from '../world/transaction.ts';
import type { PlanWarning } from './plan.ts';

/** Warnings of one plan. */
const WARNINGS_MAX = 100;

/**
 * Secrets that workflows name and that are not there. Secrets are no part of a configuration, so this is no fault of it: they can
 * be set before or after, and a run that needs one that is missing is held before anything runs.
 */
export function missingSecrets(tx: Transaction, workflows: readonly WorkflowSpec[]): PlanWarning[] {
  const warnings = workflows.flatMap(({ name: workflow, steps }, index) =>
    steps.flatMap(({ name: step, with: input }, at) =>
      secretNamesIn(input)
        .filter((secret) => !tx.world.secrets.has(secret))
        .map((secret) => ({
          pointer: `/workflows/${index}/steps/${at}/with`,
          message: `step "${step}" of workflow "${workflow}" needs the secret "${secret}", which is not set; set it before it runs`,
        })),
    ),
  );
  return warnings.slice(0, WARNINGS_MAX);
}
