import type { JsonObject, StepTicket } from '@poolkeeper/core';

/**
 * The input of a step with its secrets opened, and every secret that is in it, so that it can be masked in what the step puts
 * out. It is for the runner of this one attempt, and is kept nowhere.
 *
 * Errors: `StepRefused` that names a secret which is not there or cannot be opened, never its value.
 */
export type OpenStepInput = (
  step: StepTicket,
) => Promise<{ input: JsonObject; secretValues: readonly string[] }>;
