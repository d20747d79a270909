import type { InputFault, JsonObject, StepKind } from '@poolkeeper/core';
import { containerDocumentFaults } from './container.ts';
import { shellCommandFaults } from './shell-words.ts';
import { sshDocumentFaults } from './ssh.ts';

/**
 * What is wrong with the `with` of a step as it stands in a workflow, where `${…}` is still to be filled in; pointers are relative
 * to it. Pure: this is the moment to refuse a reference in text for a shell, since afterwards nobody can tell it from the text.
 */
export const documentFaults: Readonly<
  Partial<Record<StepKind, (document: JsonObject) => readonly InputFault[]>>
> = {
  exec: ({ command }) => shellCommandFaults({ '/command': command }),
  ssh: sshDocumentFaults,
  container: containerDocumentFaults,
};
