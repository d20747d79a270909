import type { InputFault, JsonObject } from '@poolkeeper/core';
import { containerDocumentFaults } from '../schemas/steps/container.ts';
import { sshDocumentFaults } from '../schemas/steps/ssh.ts';
import type { RunnerStepKind } from './contract.ts';

/**
 * What is wrong with the `with` of a step as it stands in a workflow, where `${…}` is still to be filled in; pointers are relative
 * to it. Pure: this is the moment to refuse a reference in text for a shell, since afterwards nobody can tell it from the text.
 */
export const documentFaults: Readonly<
  Partial<Record<RunnerStepKind, (document: JsonObject) => readonly InputFault[]>>
> = {
  ssh: sshDocumentFaults,
  container: containerDocumentFaults,
};
