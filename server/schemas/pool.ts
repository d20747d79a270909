import {
  LEAK_POLICIES,
  POOL_SIZE_MAX,
  QUEUE_LENGTH_MAX,
  QUEUE_ORDERS,
  RECYCLES,
  ROLLOUT_SHARE,
  SPLIT_POOLS_MAX,
  SPLIT_WEIGHT_MAX,
  VICTIM_POLICIES,
} from '@poolkeeper/core';
import { Type } from 'typebox';
import { CostInput, HealthInput } from './health.ts';
import { Duration, Input, LabelsInput, Name, Nullable, OneOf, TemplateInput, Whole } from './common.ts';
import { StagesInput } from './stages.ts';
import { TransitionsInput } from './transitions.ts';

/** Leases after which a member may be given up at the latest. */
const USES_MAX = 1_000_000_000;

const SizeInput = Nullable(
  Input(
    {
      desired: Type.Optional(Whole(0, POOL_SIZE_MAX, 'A fixed number of members.')),
      min: Type.Optional(Whole(0, POOL_SIZE_MAX, 'The fewest members; 0 where nothing is said.')),
      max: Type.Optional(Whole(0, POOL_SIZE_MAX, 'The most members.')),
      buffer: Type.Optional(
        Whole(0, POOL_SIZE_MAX, 'Free members beside those in use; 0 where nothing is said.'),
      ),
    },
    { description: '`desired`, or `min`, `max` and `buffer`; null where members are registered by hand.' },
  ),
);
export type SizeInput = Type.Static<typeof SizeInput>;

const QuotaInput = Input(
  {
    perHolder: Type.Optional(Whole(0, POOL_SIZE_MAX, 'Resources that one holder may have or wait for.')),
    leasesPerHolder: Type.Optional(Whole(0, POOL_SIZE_MAX, 'Leases of one holder.')),
    queuedPerHolder: Type.Optional(Whole(0, QUEUE_LENGTH_MAX, 'Waiting leases of one holder.')),
    queued: Type.Optional(Whole(0, QUEUE_LENGTH_MAX, 'Waiting leases of everybody.')),
  },
  { description: 'Bounds; none where nothing is said.' },
);

const LeaseTimesInput = Input(
  {
    default: Type.Optional(
      Duration('How long a lease lasts where its request says nothing; 1h, or `max` where that is shorter.'),
    ),
    max: Type.Optional(
      Duration('How long a lease may last, renewals included; 24h, or `default` where that is longer.'),
    ),
    warnBefore: Type.Optional(
      Duration(
        'How long before its end a lease is warned of it, by an event; not at all where nothing is said.',
      ),
    ),
    queue: Type.Optional(
      OneOf(QUEUE_ORDERS, 'Who of those that wait goes first; fifo where nothing is said.'),
    ),
  },
  { description: 'How long leases last, and who waits behind whom.' },
);

const RolloutInput = Input(
  {
    atOnce: Type.Unsafe<number | string>({
      type: ['integer', 'string'],
      minimum: 0,
      maximum: POOL_SIZE_MAX,
      pattern: ROLLOUT_SHARE.source,
      description:
        'How many free members of an older template are out of service at once for their replacement: a number, or a share ' +
        'of the size such as "25%", which it is where nothing is said. 0 leaves free members as they are.',
    }),
  },
  {
    description:
      'How fast a changed template reaches members that nobody holds; leased ones get it at their return.',
  },
);

const SplitInput = Type.Array(
  Input(
    {
      pool: Name('A pool of a fixed size, which it has from this one then.'),
      weight: Whole(1, SPLIT_WEIGHT_MAX, 'How much of the size it gets, beside the weights of the others.'),
    },
    { description: 'A share of the size.' },
  ),
  {
    minItems: 1,
    maxItems: SPLIT_POOLS_MAX,
    description:
      'Pools that the size is divided over by weight, the heaviest first; the pool has no members of its own then.',
  },
);

/** What an operator says about a pool, beside its name and provider: the same in requests and in configuration files. */
export const POOL_MEMBERS = {
  parent: Type.Optional(
    Nullable(
      Name(
        'The pool that it hangs under: members come from there and go back there. Null: `default`, the root.',
      ),
    ),
  ),
  kind: Type.Optional(
    Name('What its members are: machine, container, account…; machine where nothing is said.'),
  ),
  size: Type.Optional(SizeInput),
  split: Type.Optional(SplitInput),
  stages: Type.Optional(StagesInput),
  template: Type.Optional(Nullable(TemplateInput)),
  lease: Type.Optional(LeaseTimesInput),
  quota: Type.Optional(QuotaInput),
  recycle: Type.Optional(
    OneOf(RECYCLES, 'What happens to a member that comes back: it is cleaned, or replaced by a new one.'),
  ),
  on: Type.Optional(TransitionsInput),
  cooldown: Type.Optional(
    Duration(
      'How long a member rests after it was cleaned, before it is free; not at all where nothing is said.',
    ),
  ),
  maxUses: Type.Optional(
    Nullable(Whole(1, USES_MAX, 'After how many leases a member is given up; never, where nothing is said.')),
  ),
  maxAge: Type.Optional(
    Nullable(
      Duration(
        'How old a member may become; then it is given up when it comes back. Never, where nothing is said.',
      ),
    ),
  ),
  victims: Type.Optional(OneOf(VICTIM_POLICIES, 'Which free members go first when the pool shrinks.')),
  rollout: Type.Optional(RolloutInput),
  health: Type.Optional(HealthInput),
  leaks: Type.Optional(
    OneOf(
      LEAK_POLICIES,
      'What is done about things outside that bear the name of the pool and belong to nobody: they are listed, or destroyed.',
    ),
  ),
  cost: Type.Optional(CostInput),
  labels: Type.Optional(LabelsInput('Anything that programs want to know of the pool.')),
};

export const PoolInput = Input(
  {
    name: Type.Optional(Name('The same as in the path.')),
    provider: Name('Who makes or keeps its members.'),
    ...POOL_MEMBERS,
  },
  { $id: 'PoolSpecification', description: 'What an operator says about a pool.' },
);
export type PoolInput = Type.Static<typeof PoolInput>;

export const PoolPatch = Input(
  { provider: Type.Optional(Name('Who makes its members; only of a pool without any.')), ...POOL_MEMBERS },
  {
    $id: 'PoolChange',
    minProperties: 1,
    description: 'Members that change. `lease` is merged; every other member replaces the one before it.',
  },
);
export type PoolPatch = Type.Static<typeof PoolPatch>;
