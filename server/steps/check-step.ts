import type { JsonObject, StepKind } from '@poolkeeper/core';
import { containerInputFaults } from '../schemas/steps/container.ts';
import { sshInputFaults } from '../schemas/steps/ssh.ts';
import { faultText } from '../schemas/steps/step-input.ts';
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

/** The checks of the kinds that are loaded when they are run first. */
export const checkSshInput = (input: JsonObject): string | null => faultText(sshInputFaults(input));
export const checkContainerInput = (input: JsonObject): string | null =>
  faultText(containerInputFaults(input));
