import { FILTER_LENGTH_MAX, MOVE_COUNT_MAX, RESOURCE_STATUSES } from '@poolkeeper/core';
import { Type } from 'typebox';
import { Duration, Input, LabelsInput, Name, OneOf, Whole } from '../../schemas/common.ts';
import { CallTransition } from '../../schemas/transitions.ts';
import { PATH_PART_LENGTH_MAX } from './path.ts';

/** A list of names or ids of resources. */
export function ReferencesInput(lengthMax: number, description: string) {
  return Type.Unsafe<readonly string[]>({
    type: 'array',
    minItems: 1,
    maxItems: lengthMax,
    items: { type: 'string', minLength: 1, maxLength: PATH_PART_LENGTH_MAX },
    description,
  });
}

/** What selects resources by what they are, as in a request for a lease. */
export const SELECTOR_MEMBERS = {
  match: Type.Optional(LabelsInput('Labels that each resource must have.')),
  filter: Type.Optional(
    Type.String({
      maxLength: FILTER_LENGTH_MAX,
      description: 'CEL over each resource; true for those that are meant.',
    }),
  ),
};

/** What a call adds to a move from one pool to another. */
export const MOVE_ON = Type.Optional(
  Input(
    {
      exit: CallTransition('When it leaves the one pool.'),
      enter: CallTransition('When it comes into the other one.'),
    },
    { description: 'What is done beside what the two pools do at a move.' },
  ),
);

const CHOICE = {
  count: Type.Optional(Whole(1, MOVE_COUNT_MAX, 'How many; 1 where nothing is said.')),
  minimum: Type.Optional(
    Whole(
      0,
      MOVE_COUNT_MAX,
      'How many at least, else nothing moves; `count`, the number of names and ids, or with `all` 0, where nothing is said.',
    ),
  ),
  names: Type.Optional(
    ReferencesInput(
      MOVE_COUNT_MAX,
      'Those that are meant, by name; quarantined ones are taken too, and stay so.',
    ),
  ),
  ids: Type.Optional(ReferencesInput(MOVE_COUNT_MAX, 'Those that are meant, by id.')),
  all: Type.Optional(Type.Boolean({ description: `Every one that fits; at most ${MOVE_COUNT_MAX} a call.` })),
  ...SELECTOR_MEMBERS,
  on: MOVE_ON,
  wait: Type.Optional(
    Duration('How long the answer may wait until each is free, lent or held for a person; at most 5m.'),
  ),
};

export const AdditionInput = Input(
  {
    from: Type.Optional(Name('Where they come from; the parent of the pool where nothing is said.')),
    ...CHOICE,
  },
  { $id: 'MemberAddition', description: 'Which resources come into a pool from another one.' },
);
export type AdditionInput = Type.Static<typeof AdditionInput>;

export const RemovalInput = Input(
  { to: Type.Optional(Name('Where they go; the parent of the pool where nothing is said.')), ...CHOICE },
  { $id: 'MemberRemoval', description: 'Which resources go from a pool to another one.' },
);
export type RemovalInput = Type.Static<typeof RemovalInput>;

export const MovedMembers = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String(),
      status: OneOf(RESOURCE_STATUSES),
      pool: Type.String(),
    }),
    { description: 'Those that move, in the order in which they were chosen.' },
  ),
  left: Type.Integer({ description: 'With `all`: how many more fit than one call moves.' }),
});
export type MovedMembers = Type.Static<typeof MovedMembers>;
