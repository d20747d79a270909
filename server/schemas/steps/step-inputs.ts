import type { StepKind } from '@poolkeeper/core';
import type { TSchema } from 'typebox';
import { ApprovalStepInput } from './approval.ts';
import { ContainerInput } from './container.ts';
import { ExecStepInput } from './exec.ts';
import { HttpStepInput } from './http.ts';
import { ProviderStepInput } from './provider.ts';
import { SshInput } from './ssh.ts';
import { WaitStepInput } from './wait.ts';

/**
 * What the `with` of each kind of step has to be once it is filled in. In a document references may stand in its place:
 * `withReferences` makes the schema of that.
 */
export const STEP_INPUTS: Readonly<Record<StepKind, TSchema>> = {
  exec: ExecStepInput,
  ssh: SshInput,
  container: ContainerInput,
  http: HttpStepInput,
  provider: ProviderStepInput,
  wait: WaitStepInput,
  approval: ApprovalStepInput,
};
