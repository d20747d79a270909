import { invariant, parseDuration, Refusal, refuseInput, stepDefaults } from '@poolkeeper/core';
import type { ProfileSpec, Step, WorkflowSpec } from '@poolkeeper/core';
import { documentFaults } from './steps/document-faults.ts';
import type { StepInput } from './step.ts';
import type { ProfileEntry, WorkflowEntry } from './workflow.ts';

/**
 * The meaning of a workflow for the core; its rules are the core's.
 *
 * Errors: `invalid_input`, with pointers from `at`, for values that would become text for a shell.
 */
export function workflowSpecOf({ name, steps }: WorkflowEntry, at = ''): WorkflowSpec {
  const faults = steps.flatMap(({ uses, with: input = {} }, index) =>
    (documentFaults[uses]?.(input) ?? []).map(({ pointer, message }) => ({
      pointer: `${at}/steps/${index}/with${pointer}`,
      message,
    })),
  );
  const [first] = faults;
  if (first !== undefined)
    throw new Refusal('invalid_input', `with of step ${first.pointer}: ${first.message}`, { faults });
  return { name, steps: steps.map(stepOf) };
}

export function profileSpecOf({ name, params }: ProfileEntry): ProfileSpec {
  return { name, params };
}

function stepOf({ timeout, pauses, ...said }: StepInput): Step {
  const { name, uses, ...members } = said;
  const timeoutMs = timeout === undefined ? {} : { timeoutMs: durationMsOf(timeout) };
  const pausesMs = pauses === undefined ? {} : { pausesMs: pauses.map(durationMsOf) };
  return { name, uses, ...stepDefaults(uses), ...members, ...timeoutMs, ...pausesMs };
}

function durationMsOf(text: string): number {
  const durationMs = parseDuration(text);
  invariant(durationMs !== undefined, 'a duration that is none came through its schema');
  return durationMs;
}

/** The name of a body that may leave it out, as the path has it. Errors: `invalid_input` where the two differ. */
export function requireSameName(body: { readonly name?: string }, name: string): void {
  if (body.name === undefined || body.name === name) return;
  throw refuseInput('/name', `name has to be "${name}", as in the path, or left out`);
}
