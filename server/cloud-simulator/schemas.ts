import { MACHINE_STATES } from '@poolkeeper/core';
import { Type } from 'typebox';
import {
  MACHINES_MAX,
  TAGS_MAX,
  TAG_NAME_LENGTH_MAX,
  TAG_VALUE_LENGTH_MAX,
  TEXT_LENGTH_MAX,
} from './machine.ts';
import type { Tags } from './machine.ts';
import { BOOT_STATES, SETTING_MS_MAX, THROTTLE_MAX } from './settings.ts';

/** Machines of one page: the most, and where nothing is said. */
export const PAGE_LIMIT_MAX = 1_000;
const PAGE_LIMIT_DEFAULT = 100;
const TAG_FILTERS_MAX = 8;

/** Descriptions say what is allowed: `faults.ts` answers with them. */
function Word<const T extends string>(words: readonly T[]) {
  return Type.Unsafe<T>({
    type: 'string',
    enum: [...words],
    description: `Allowed are ${words.join(', ')}.`,
  });
}

function Text(description: string) {
  return Type.String({ minLength: 1, maxLength: TEXT_LENGTH_MAX, description });
}

function Whole(minimum: number, maximum: number, description: string) {
  return Type.Integer({ minimum, maximum, description: `${description} ${minimum} to ${maximum}.` });
}

function Members<T extends Type.TProperties>(members: T) {
  return Type.Object(members, { additionalProperties: false });
}

const Milliseconds = Whole(0, SETTING_MS_MAX, 'Allowed are whole milliseconds,');
const Id = Text(`Needed is the id of a machine, a text of 1 to ${TEXT_LENGTH_MAX} characters.`);

const TAGS_MEANING =
  `Needed is an object of at most ${TAGS_MAX} texts by name; names have 1 to ${TAG_NAME_LENGTH_MAX} characters, ` +
  `texts at most ${TAG_VALUE_LENGTH_MAX}.`;
const TAG_NAMES = { type: 'string', minLength: 1, maxLength: TAG_NAME_LENGTH_MAX, description: TAGS_MEANING };

export const TagsBody = Type.Unsafe<Tags>({
  type: 'object',
  maxProperties: TAGS_MAX,
  propertyNames: TAG_NAMES,
  additionalProperties: { type: 'string', maxLength: TAG_VALUE_LENGTH_MAX, description: TAGS_MEANING },
  description: TAGS_MEANING,
});

export const TagsPatch = Type.Unsafe<Readonly<Record<string, string | null>>>({
  type: 'object',
  maxProperties: TAGS_MAX,
  propertyNames: TAG_NAMES,
  additionalProperties: {
    type: ['string', 'null'],
    maxLength: TAG_VALUE_LENGTH_MAX,
    description: `${TAGS_MEANING} null deletes one.`,
  },
  description: `${TAGS_MEANING} null deletes one.`,
});

export const CreateBody = Members({
  clientToken: Type.Optional(Text(`Allowed is a text of 1 to ${TEXT_LENGTH_MAX} characters.`)),
  size: Type.Optional(Text(`Allowed is a text of 1 to ${TEXT_LENGTH_MAX} characters.`)),
  region: Type.Optional(Text(`Allowed is a text of 1 to ${TEXT_LENGTH_MAX} characters.`)),
  tags: Type.Optional(TagsBody),
  bootTimeMs: Type.Optional(Milliseconds),
  /** The machine is made at once; its answer comes so much later. */
  answerAfterMs: Type.Optional(Milliseconds),
});

export const ListQuery = Members({
  tag: Type.Optional(
    Type.Array(
      Type.String({ pattern: '^[^=]+=', description: 'Allowed are filters such as tag=owner=ann.' }),
      {
        maxItems: TAG_FILTERS_MAX,
        description: `Allowed are at most ${TAG_FILTERS_MAX} filters.`,
      },
    ),
  ),
  limit: Type.Integer({
    minimum: 1,
    maximum: PAGE_LIMIT_MAX,
    default: PAGE_LIMIT_DEFAULT,
    description: `Allowed are whole numbers from 1 to ${PAGE_LIMIT_MAX}.`,
  }),
  cursor: Type.Integer({ minimum: 0, default: 0, description: 'Allowed is the "next" of the page before.' }),
});

export const ById = Members({ id: Id });
export const ByIdAndState = Members({ id: Id, state: Word(MACHINE_STATES) });
export const ByIdAndTime = Members({
  id: Id,
  time: Type.Optional(
    Type.String({
      pattern: '^$|^\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?([Zz]|[+-]\\d{2}:\\d{2})$',
      description: 'Allowed is an instant such as 2026-01-31T12:00:00Z, or nothing for none.',
    }),
  ),
});
export const Switch = Members({ on: Word(['true', 'false']) });
export const BootStateQuery = Members({ state: Word(BOOT_STATES) });
export const MillisecondsQuery = Members({ ms: Milliseconds });
export const QuotaQuery = Members({
  max: Type.Optional(Whole(0, MACHINES_MAX, 'Allowed is nothing, for no quota, or whole numbers,')),
});
export const ThrottleQuery = Members({
  perSecond: Type.Optional(Whole(1, THROTTLE_MAX, 'Allowed is nothing, for no limit, or whole numbers,')),
});
export const Nothing = Members({});
