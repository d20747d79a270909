import { inheritEnvironment } from '../../programs/inherited-environment.ts';
import type { StepCall } from '../contract.ts';
import { stepEnvironment } from '../step-environment.ts';

/** Marks what was started for the steps of one server for all time, so that its successor finds what a crash left behind. */
export const OWNER_VARIABLE = 'POOLKEEPER_STEPS_OF';

/** The environment of a program of this machine: little of the server's, what the step says, and what it is for. */
export function programEnvironment(input: {
  readonly inherited: Readonly<Record<string, string | undefined>>;
  readonly given: Readonly<Record<string, string>>;
  readonly owner: string;
  readonly evidenceFile: string;
  readonly step: StepCall;
}): Record<string, string> {
  return {
    ...inheritEnvironment(input.inherited),
    ...input.given,
    ...stepEnvironment(input.step),
    POOLKEEPER_EVIDENCE: input.evidenceFile,
    [OWNER_VARIABLE]: input.owner,
  };
}
