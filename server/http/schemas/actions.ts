import { RESOURCE_ACTIONS, RESOURCE_STATUSES } from '@poolkeeper/core';
import { Type } from 'typebox';
import { Input, Line, MaybeText, Name, Nullable, OneOf, Whole } from '../../schemas/common.ts';
import { ReferencesInput, SELECTOR_MEMBERS } from './members.ts';
import { CURSOR_LENGTH_MAX } from './page.ts';

/** Resources that one request acts on. */
export const ACTIONS_MAX = 1_000;
const REASON_LENGTH_MAX = 500;

export const ActionsInput = Input(
  {
    action: OneOf(RESOURCE_ACTIONS, 'What is done to each.'),
    reason: Type.Unsafe<string>({
      ...Line(REASON_LENGTH_MAX, 'Why, for people; it is in the events.'),
      minLength: 1,
    }),
    ids: Type.Optional(ReferencesInput(ACTIONS_MAX, 'These, as far as everything else fits too.')),
    pool: Type.Optional(Name('Members of this pool.')),
    ...SELECTOR_MEMBERS,
    status: Type.Optional(OneOf(RESOURCE_STATUSES, 'Those in this status.')),
    held: Type.Optional(Type.Literal(true, { description: 'Those that are held for a person.' })),
    all: Type.Optional(
      Type.Literal(true, { description: 'Every resource; needed where nothing else says which.' }),
    ),
    limit: Type.Optional(Whole(1, ACTIONS_MAX, `How many at most; ${ACTIONS_MAX} where nothing is said.`)),
    cursor: Type.Optional(
      Type.String({ maxLength: CURSOR_LENGTH_MAX, description: 'The `next` of the answer before.' }),
    ),
    dryRun: Type.Optional(Type.Boolean({ description: 'Only say what would be done.' })),
  },
  { $id: 'ResourceActions', description: 'What is done to many resources, and to which.' },
);
export type ActionsInput = Type.Static<typeof ActionsInput>;

const Result = Type.Object({
  id: Type.String(),
  name: MaybeText,
  pool: MaybeText,
  status: OneOf(RESOURCE_STATUSES, 'How it is now, also in a dry run.'),
  refusal: Nullable(
    Type.Object(
      { code: Type.String(), detail: Type.String() },
      { description: 'Why it was not done; null where it was, or would be.' },
    ),
  ),
});

export const ActionResults = Type.Object({
  items: Type.Array(Result, { description: 'What became of each.' }),
  left: Type.Integer({ description: 'How many more fit than this answer tells of.' }),
  next: Type.Unsafe<string | null>({
    ...MaybeText,
    description: 'The `cursor` with which to go on; null when there are no more.',
  }),
});
export type ActionResults = Type.Static<typeof ActionResults>;
