import { APPROVAL_MESSAGE_LENGTH_MAX } from '@poolkeeper/core';
import { Type } from 'typebox';
import { Input, Line } from '../common.ts';

const MESSAGE_LENGTH_MAX = 500;

/** What a step of kind `approval` is told. */
export const ApprovalStepInput = Input(
  {
    message: Type.Optional(
      Line(MESSAGE_LENGTH_MAX, 'What the person who decides is told, such as what to look at first.'),
    ),
  },
  { description: 'A person with the right says yes or no, within the time limit of the step.' },
);

/** `with` of a step that a person has to approve. */
export const ApprovalInput = Input({
  message: Line(APPROVAL_MESSAGE_LENGTH_MAX, 'What is asked of the person. May hold references.'),
});
export type ApprovalInput = Type.Static<typeof ApprovalInput>;
