import { FAILURE_ACTIONS, STEP_KINDS, TRANSITIONS } from '@poolkeeper/core';
import { Type } from 'typebox';
import { AnyObject, Input, Instant, Labels, MaybeText, OneOf, Shared, Texts } from '../../schemas/common.ts';
import { paging } from './page.ts';

export const WorkflowsQuery = Input({ ...paging });

const Step = Type.Object({
  name: Type.String(),
  uses: OneOf(STEP_KINDS),
  with: AnyObject,
  timeout: Type.String({ description: 'How long one attempt may take.' }),
  retries: Type.Integer({ description: 'Further attempts after the first one failed.' }),
  pauses: Type.Optional(
    Type.Unsafe<readonly string[]>({
      ...Texts,
      description: 'How long it waits before each further attempt; left out: short pauses that grow.',
    }),
  ),
  if: Type.Unsafe<string | null>({
    ...MaybeText,
    description: 'CEL over the resource: without a fit the step is left out.',
  }),
  onFailure: OneOf(FAILURE_ACTIONS, 'What becomes of the resource when no attempt passed.'),
  runsOn: Labels,
});

/** Which transition of which pool names a document. */
export const UsedBy = Type.Array(
  Type.Object({
    pool: Type.String(),
    transition: OneOf(TRANSITIONS),
    as: Type.String({ description: 'The member that names it: workflow, clean, verify, addProfiles…' }),
  }),
  { description: 'Pools whose transitions name it, in the order of their names; at most 100.' },
);

export const WorkflowBody = Type.Object(
  {
    name: Type.String(),
    steps: Type.Array(Step),
    usedBy: UsedBy,
    missingSecrets: Type.Unsafe<readonly string[]>({
      ...Texts,
      description: 'Secrets that its steps name and that are not set: a run that needs one is held.',
    }),
    createdAt: Instant,
    version: Type.Integer({ description: 'Rises with each change; the entity tag.' }),
  },
  { $id: 'Workflow' },
);
export type WorkflowBody = Type.Static<typeof WorkflowBody>;
export const Workflow = Shared(WorkflowBody);
