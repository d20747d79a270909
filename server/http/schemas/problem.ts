import { ERRORS } from '@poolkeeper/core';
import type { ErrorCode } from '@poolkeeper/core';
import { Type } from 'typebox';
import { OneOf } from '../../schemas/common.ts';

const Fault = Type.Object({
  pointer: Type.String({
    description: 'JSON pointer into the body; under /query, /path and /headers for the rest of the request.',
  }),
  message: Type.String(),
});

/** A refusal, as RFC 9457 has it. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'Where the code is explained.' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'For people; may be worded differently tomorrow.' }),
    instance: Type.String({ description: 'The id of the request; the log has it too.' }),
    code: OneOf(Object.keys(ERRORS) as ErrorCode[], 'Stable; for programs.'),
    errors: Type.Array(Fault, { description: 'The members of the request that are wrong.' }),
  },
  { $id: 'Problem' },
);
export type Problem = Type.Static<typeof Problem>;
