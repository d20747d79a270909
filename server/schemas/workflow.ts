import { STEPS_MAX } from '@poolkeeper/core';
import { Type } from 'typebox';
import { Input, Name, ParamsInput } from './common.ts';
import { StepInput } from './step.ts';

const WORKFLOW_MEMBERS = {
  steps: Type.Array(StepInput, {
    minItems: 1,
    maxItems: STEPS_MAX,
    description: 'One after the other; the next one begins when the one before has passed.',
  }),
};

const PROFILE_MEMBERS = { params: ParamsInput };

const SAME_NAME = { name: Type.Optional(Name('The same as in the path.')) };

export const WorkflowInput = Input(
  { ...SAME_NAME, ...WORKFLOW_MEMBERS },
  { $id: 'WorkflowSpecification', description: 'What an admin says about a workflow.' },
);
export type WorkflowInput = Type.Static<typeof WorkflowInput>;

export const ProfileInput = Input(
  { ...SAME_NAME, ...PROFILE_MEMBERS },
  { $id: 'ProfileSpecification', description: 'What an admin says about a profile.' },
);
export type ProfileInput = Type.Static<typeof ProfileInput>;

export const WorkflowEntry = Input(
  { name: Name('Unique in the configuration.'), ...WORKFLOW_MEMBERS },
  { description: 'Steps that run when a resource moves.' },
);
export type WorkflowEntry = Type.Static<typeof WorkflowEntry>;

export const ProfileEntry = Input(
  { name: Name('Unique in the configuration.'), ...PROFILE_MEMBERS },
  { description: 'Parameters that resources can be given together.' },
);
export type ProfileEntry = Type.Static<typeof ProfileEntry>;
