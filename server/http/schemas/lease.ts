import {
  FILTER_LENGTH_MAX,
  LEASE_COUNT_MAX,
  LEASE_END_REASONS,
  LEASE_ITEMS_MAX,
  LEASE_STATUSES,
  PRIORITY_MAX,
} from '@poolkeeper/core';
import { Type } from 'typebox';
import {
  AnyObject,
  Duration,
  Holder,
  Input,
  Instant,
  Labels,
  LabelsInput,
  MaybeInstant,
  MaybeText,
  Name,
  Nullable,
  OneOf,
  Shared,
  Texts,
  Whole,
} from '../../schemas/common.ts';
import { CallTransition } from '../../schemas/transitions.ts';
import { paging } from './page.ts';
import { Transition } from './pool.ts';

export const NOTE_LENGTH_MAX = 1_000;

/** How many and which resources. */
const wishes = {
  count: Type.Optional(Whole(1, LEASE_COUNT_MAX, 'How many are wished; 1 where nothing is said.')),
  minimum: Type.Optional(Whole(1, LEASE_COUNT_MAX, 'How many are enough; `count` where nothing is said.')),
  match: Type.Optional(LabelsInput('Labels that each resource must have.')),
  filter: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: FILTER_LENGTH_MAX,
      description: 'A CEL expression over name, kind, labels, params and addresses of a resource.',
    }),
  ),
};

const ItemInput = Input({ pool: Name('The pool to lend from.'), ...wishes });

export const LeaseInput = Input(
  {
    items: Type.Optional(Type.Array(ItemInput, { minItems: 1, maxItems: LEASE_ITEMS_MAX })),
    pool: Type.Optional(Name('Short for one item, with the members of an item beside it.')),
    ...wishes,
    duration: Type.Optional(
      Duration('How long it lasts from its grant; where nothing is said, what the pool says.'),
    ),
    heartbeat: Type.Optional(Duration('The lease ends when its holder is silent for so long.')),
    priority: Type.Optional(
      Whole(-PRIORITY_MAX, PRIORITY_MAX, 'Higher goes first in pools that order by priority.'),
    ),
    wait: Type.Optional(Duration('How long the answer may wait for the grant; at most 5m.')),
    labels: Type.Optional(LabelsInput('Anything that programs want to know of the lease.')),
    note: Type.Optional(Type.String({ maxLength: NOTE_LENGTH_MAX, description: 'For people.' })),
    holder: Type.Optional(
      Holder('Who gets the lease, where the caller is trusted to say; else it is the token.'),
    ),
    on: Type.Optional(
      Input(
        {
          allocate: CallTransition('When the lease gets a resource, before it is active.'),
          release: CallTransition('When a resource comes back from it.'),
        },
        { description: 'What is done beside what the pools do; for operators and administrators to say.' },
      ),
    ),
  },
  {
    $id: 'LeaseRequest',
    minProperties: 1,
    description: 'Asks for resources: `items`, or `pool` for one item.',
  },
);
export type LeaseInput = Type.Static<typeof LeaseInput>;

export const RenewInput = Input(
  {
    duration: Type.Optional(
      Duration('How long it lasts from now; where nothing is said, as long as at first.'),
    ),
  },
  { $id: 'LeaseRenewal' },
);

export const WaitQuery = Input({
  wait: Type.Optional(Duration('How long the answer may wait while the lease is queued; at most 5m.')),
});

export const LeasesQuery = Input({
  ...paging,
  status: Type.Optional(
    OneOf(LEASE_STATUSES, 'Live leases where nothing is said; `ended` lists history, the last first.'),
  ),
  pool: Type.Optional(Name('Leases with an item of this pool.')),
  holder: Type.Optional(Holder('Leases of this holder.')),
});

const Item = Type.Object({
  pool: Type.String(),
  count: Type.Integer(),
  minimum: Type.Integer(),
  match: Labels,
  filter: MaybeText,
});

const LeasedResource = Type.Object({
  id: Type.String(),
  name: Type.String(),
  pool: Type.String(),
  kind: Type.String(),
  epoch: Type.Integer({
    description: 'Rises each time the resource changes hands; fences the holder before.',
  }),
  addresses: Texts,
  endpoints: Labels,
  labels: Labels,
  params: AnyObject,
});

export const LeaseBody = Type.Object(
  {
    id: Type.String(),
    status: OneOf(LEASE_STATUSES),
    endReason: Nullable(OneOf(LEASE_END_REASONS)),
    holder: Type.String(),
    items: Type.Unsafe<readonly Type.Static<typeof Item>[]>(Type.Array(Item)),
    resources: Type.Array(LeasedResource, {
      description: 'What it holds. Of an ended lease: what it held, without what leads to it.',
    }),
    createdAt: Instant,
    grantedAt: MaybeInstant,
    expiresAt: MaybeInstant,
    heartbeatBy: MaybeInstant,
    endedAt: MaybeInstant,
    position: Nullable(
      Type.Integer({ description: 'Place in the queue of the pool that it waits at; 1 is the next.' }),
    ),
    duration: Type.String(),
    heartbeat: MaybeText,
    priority: Type.Integer(),
    labels: Labels,
    note: Type.String(),
    on: Nullable(
      Type.Object(
        { allocate: Type.Optional(Transition), release: Type.Optional(Transition) },
        {
          description: 'What is done beside what the pools do; null: nothing, or not for this token to see.',
        },
      ),
    ),
    version: Type.Integer({ description: 'Rises with each change; the entity tag.' }),
  },
  { $id: 'Lease' },
);
export type LeaseBody = Type.Static<typeof LeaseBody>;
export const Lease = Shared(LeaseBody);
