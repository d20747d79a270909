import { DYNAMIC_MEMBERS_MAX, formatDuration, FREE_STAGE, STAGE_TEXT_LENGTH_MAX } from '@poolkeeper/core';
import type { DynamicSpec, StageSpec } from '@poolkeeper/core';
import { Type } from 'typebox';
import { Duration, Input, Whole } from './common.ts';
import { requireDurationMs } from './durations.ts';

/** What is kept with a member, and what is told about how one is put together; the core bounds the sum of all texts. */
const DATA_TEXT_LENGTH_MAX = 256 * 1_024;
const NEEDS_MAX = 100;

function Text(description: string) {
  return Type.String({ minLength: 1, maxLength: STAGE_TEXT_LENGTH_MAX, description });
}

const DynamicInput = Input(
  {
    min: Type.Optional(
      Whole(0, DYNAMIC_MEMBERS_MAX, 'The fewest members; 0 where nothing is said. Others are made in time.'),
    ),
    max: Whole(0, DYNAMIC_MEMBERS_MAX, 'The most members. Of more, those go that nobody has.'),
    lifespan: Type.Optional(
      Duration('How long a member lives after it came back; for ever where nothing is said.'),
    ),
    needs: Type.Optional(
      Type.Unsafe<Readonly<Record<string, number>>>({
        type: 'object',
        maxProperties: NEEDS_MAX,
        additionalProperties: { type: 'integer', minimum: 0, maximum: DYNAMIC_MEMBERS_MAX },
        description: 'How many members of other types one is put together from, for those that do it.',
      }),
    ),
    content: Type.Optional(
      Input(
        {
          type: Type.String({ maxLength: STAGE_TEXT_LENGTH_MAX }),
          content: Type.String({ maxLength: DATA_TEXT_LENGTH_MAX }),
        },
        { description: 'What those are told that put one together.' },
      ),
    ),
  },
  { description: 'Members come and go by themselves; left out: they are registered.' },
);
type DynamicInput = Type.Static<typeof DynamicInput>;

export const StagesInput = Input(
  {
    type: Type.Optional(Text('What clients call the pool; its name where nothing is said.')),
    initial: Type.Optional(Text('Where a new member stands first; `free` where nothing is said.')),
    dynamic: Type.Optional(DynamicInput),
    silence: Type.Optional(
      Duration(
        'How long the holder of a member may be silent before it is taken away; where nothing is said, somebody else watches.',
      ),
    ),
    repeatable: Type.Optional(
      Type.Boolean({
        description:
          'Does a request id that is said again after its success answer the same member, for as long as its holder has it?',
      }),
    ),
  },
  {
    description:
      'Members are handed over by stage: clients say in free text what a member is fit for next. Left out: they are lent natively alone.',
  },
);
export type StagesInput = Type.Static<typeof StagesInput>;

/** Where a member that is registered stands first. */
export const StageInput = Input(
  {
    name: Text('Where it stands: `free`, `dirty`, or any other text.'),
    holder: Type.Optional(Text('Who has it there; left out: nobody.')),
    data: Type.Optional(
      Type.Unsafe<Readonly<Record<string, string>>>({
        type: 'object',
        additionalProperties: { type: 'string', maxLength: DATA_TEXT_LENGTH_MAX },
        description: 'What is kept with it for whoever has it next. Its holder, and operators, can read it.',
      }),
    ),
  },
  { description: 'Where it stands when it is new, in a pool whose members are handed over by stage.' },
);

/** Stages as the core knows them. Errors: `invalid_input` for a duration of no length. */
export function stagesOf(input: StagesInput, pool: string): StageSpec {
  const { type = pool, initial = FREE_STAGE, dynamic, silence, repeatable } = input;
  return {
    type,
    initial,
    ...(dynamic === undefined ? {} : { dynamic: dynamicOf(dynamic) }),
    ...(silence === undefined ? {} : { silenceMs: requireDurationMs(silence, '/stages/silence') }),
    ...(repeatable === true ? { isRepeatable: true } : {}),
  };
}

function dynamicOf({ min = 0, max, lifespan, needs = {}, content }: DynamicInput): DynamicSpec {
  return {
    min,
    max,
    lifespanMs: lifespan === undefined ? null : requireDurationMs(lifespan, '/stages/dynamic/lifespan'),
    needs,
    content: content ?? null,
  };
}

/** Stages in the words of requests and files; what is as by default is said too. */
export function viewStages({ type, initial, dynamic, silenceMs, isRepeatable }: StageSpec): StagesInput {
  return {
    type,
    initial,
    ...(dynamic === undefined ? {} : { dynamic: viewDynamic(dynamic) }),
    ...(silenceMs === undefined ? {} : { silence: formatDuration(silenceMs) }),
    ...(isRepeatable === true ? { repeatable: true } : {}),
  };
}

function viewDynamic({ min, max, lifespanMs, needs, content }: DynamicSpec): DynamicInput {
  return {
    min,
    max,
    ...(lifespanMs === null ? {} : { lifespan: formatDuration(lifespanMs) }),
    ...(Object.keys(needs).length === 0 ? {} : { needs }),
    ...(content === null ? {} : { content }),
  };
}
