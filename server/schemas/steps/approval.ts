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
