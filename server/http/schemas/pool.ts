import {
  POOL_SIZE_MAX,
  QUEUE_LENGTH_MAX,
  QUEUE_ORDERS,
  RECYCLES,
  RESOURCE_STATUSES,
  VICTIM_POLICIES,
} from '@poolkeeper/core';
import { Type } from 'typebox';
import {
  AnyObject,
  Duration,
  Input,
  Instant,
  Labels,
  LabelsInput,
  Name,
  Nullable,
  OneOf,
  Shared,
  TemplateInput,
  Whole,
} from './common.ts';
import { paging } from './page.ts';

const SizeInput = Nullable(
  Input(
    {
      desired: Type.Optional(Whole(0, POOL_SIZE_MAX, 'A fixed number of members.')),
      min: Type.Optional(Whole(0, POOL_SIZE_MAX, 'The fewest members.')),
      max: Type.Optional(Whole(0, POOL_SIZE_MAX, 'The most members.')),
      buffer: Type.Optional(Whole(0, POOL_SIZE_MAX, 'Free members beside those in use.')),
    },
    { description: '`desired`, or `min`, `max` and `buffer`; null where members are registered by hand.' },
  ),
);
export type SizeInput = Type.Static<typeof SizeInput>;

const QuotaInput = Input({
  perHolder: Type.Optional(Whole(0, POOL_SIZE_MAX, 'Resources that one holder may have or wait for.')),
  leasesPerHolder: Type.Optional(Whole(0, POOL_SIZE_MAX, 'Leases of one holder.')),
  queuedPerHolder: Type.Optional(Whole(0, QUEUE_LENGTH_MAX, 'Waiting leases of one holder.')),
  queued: Type.Optional(Whole(0, QUEUE_LENGTH_MAX, 'Waiting leases of everybody.')),
});

const members = {
  kind: Type.Optional(Name('What its members are: machine, container, account…')),
  size: Type.Optional(SizeInput),
  template: Type.Optional(Nullable(TemplateInput)),
  lease: Type.Optional(
    Input({
      default: Type.Optional(Duration('How long a lease lasts where its request says nothing.')),
      max: Type.Optional(Duration('How long a lease may last, renewals included.')),
      queue: Type.Optional(OneOf(QUEUE_ORDERS, 'Who of those that wait goes first.')),
    }),
  ),
  quota: Type.Optional(QuotaInput),
  recycle: Type.Optional(OneOf(RECYCLES, 'What happens to a member that comes back.')),
  victims: Type.Optional(OneOf(VICTIM_POLICIES, 'Which free members go first when the pool shrinks.')),
  labels: Type.Optional(LabelsInput('Anything that programs want to know of the pool.')),
};

export const PoolInput = Input(
  {
    name: Type.Optional(Name('The same as in the path.')),
    provider: Name('Who makes its members.'),
    ...members,
  },
  { $id: 'PoolSpecification', description: 'What an operator says about a pool.' },
);
export type PoolInput = Type.Static<typeof PoolInput>;

export const PoolPatch = Input(
  { provider: Type.Optional(Name('Who makes its members; only of a pool without any.')), ...members },
  {
    $id: 'PoolChange',
    minProperties: 1,
    description: 'Members that change. `lease` is merged; every other member replaces the one before it.',
  },
);
export type PoolPatch = Type.Static<typeof PoolPatch>;

export const PoolsQuery = Input({ ...paging });

const Size = Nullable(
  Type.Object({
    desired: Type.Optional(Type.Integer()),
    min: Type.Optional(Type.Integer()),
    max: Type.Optional(Type.Integer()),
    buffer: Type.Optional(Type.Integer()),
  }),
);

const counts = Object.fromEntries(RESOURCE_STATUSES.map((status) => [status, { type: 'integer' }]));

export const PoolBody = Type.Object(
  {
    name: Type.String(),
    kind: Type.String(),
    provider: Type.String(),
    size: Size,
    template: Nullable(AnyObject),
    lease: Type.Object({ default: Type.String(), max: Type.String(), queue: OneOf(QUEUE_ORDERS) }),
    quota: Type.Object({
      perHolder: Type.Optional(Type.Integer()),
      leasesPerHolder: Type.Optional(Type.Integer()),
      queuedPerHolder: Type.Optional(Type.Integer()),
      queued: Type.Optional(Type.Integer()),
    }),
    recycle: OneOf(RECYCLES),
    victims: OneOf(VICTIM_POLICIES),
    labels: Labels,
    status: OneOf(['open', 'removing'], '`removing`: takes no requests and goes with its last member.'),
    createdAt: Instant,
    version: Type.Integer({ description: 'Rises with each change of the specification; the entity tag.' }),
    resources: Type.Unsafe<Readonly<Record<string, number>>>({
      type: 'object',
      properties: counts,
      description: 'Members by status.',
    }),
    target: Nullable(
      Type.Integer({ description: 'How many members it should have now; null where it is not sized.' }),
    ),
    held: Type.Integer({ description: 'Members that are held for a person.' }),
    setAside: Type.Integer({ description: 'Free members that are set aside for leases that wait for more.' }),
    queued: Type.Integer({ description: 'Leases that wait at this pool.' }),
  },
  { $id: 'Pool' },
);
export type PoolBody = Type.Static<typeof PoolBody>;
export const Pool = Shared(PoolBody);
