import { EVENT_TYPES } from '@poolkeeper/core';
import { Type } from 'typebox';
import { AnyObject, Holder, Input, Instant, MaybeText, Name, OneOf, Shared } from '../../schemas/common.ts';
import { paging } from './page.ts';

const ID_LENGTH_MAX = 64;

export const EventsQuery = Input({
  ...paging,
  after: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description:
        'Events numbered above this. Where nothing is said a stream begins now and a page at the beginning.',
    }),
  ),
  pool: Type.Optional(Name('Events of this pool.')),
  resource: Type.Optional(
    Type.String({ maxLength: ID_LENGTH_MAX, description: 'Events of the resource with this id.' }),
  ),
  lease: Type.Optional(
    Type.String({ maxLength: ID_LENGTH_MAX, description: 'Events of the lease with this id.' }),
  ),
  holder: Type.Optional(Holder('Events of leases of this holder.')),
  type: Type.Optional(
    Type.Unsafe<readonly (typeof EVENT_TYPES)[number][]>({
      type: 'array',
      maxItems: EVENT_TYPES.length,
      items: { type: 'string', enum: [...EVENT_TYPES] },
      description: 'Events of these types; several are one or the other.',
    }),
  ),
});
export type EventsQuery = Type.Static<typeof EventsQuery>;

export const EventBody = Type.Object(
  {
    seq: Type.Integer({ description: 'Numbered without gaps; the `id` in a stream.' }),
    at: Instant,
    type: OneOf(EVENT_TYPES),
    pool: MaybeText,
    resource: MaybeText,
    lease: MaybeText,
    holder: MaybeText,
    data: AnyObject,
  },
  { $id: 'Event' },
);
export type EventBody = Type.Static<typeof EventBody>;
export const Event = Shared(EventBody);
