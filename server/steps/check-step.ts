import type { JsonObject, StepKind } from '@poolkeeper/core';
import { createInputCheck } from '../schemas/steps/check-input.ts';
import { STEP_INPUTS } from '../schemas/steps/step-inputs.ts';
import type { RunnerStepKind, StepExecutors } from './contract.ts';

/**
 * Makes the check of filled-in steps that runs are begun with: what is wrong, by member, or null.
 *
 * A kind is checked by what does it here, else by its schema: a runner may do what this server does not.
 */
export function createStepCheck(
  executors: StepExecutors,
): (uses: StepKind, input: JsonObject) => string | null {
  const checks = new Map(
    Object.entries(STEP_INPUTS).map(([kind, schema]) => [kind, createInputCheck(schema)] as const),
  );
  return (uses, input) => {
    const executor = executors[uses as RunnerStepKind];
    return executor === undefined ? (checks.get(uses)?.(input) ?? null) : executor.check(input);
  };
}
