import { APPROVAL_MESSAGE_LENGTH_MAX } from '@poolkeeper/core';
import type { Type } from 'typebox';
import { Input, Line } from '../common.ts';

/** `with` of a step that a person has to approve. */
export const ApprovalInput = Input({
  message: Line(APPROVAL_MESSAGE_LENGTH_MAX, 'What is asked of the person. May hold references.'),
});
export type ApprovalInput = Type.Static<typeof ApprovalInput>;
