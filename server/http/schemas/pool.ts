import { LEAK_POLICIES, QUEUE_ORDERS, RECYCLES, RESOURCE_STATUSES, VICTIM_POLICIES } from '@poolkeeper/core';
import { Type } from 'typebox';
import {
  AnyObject,
  Input,
  Instant,
  Labels,
  MaybeText,
  Nullable,
  OneOf,
  Shared,
  Texts,
} from '../../schemas/common.ts';
import { ProbeBody } from '../../schemas/health.ts';
import { StagesInput } from '../../schemas/stages.ts';
import { paging } from './page.ts';

export const PoolsQuery = Input({ ...paging });

const Size = Nullable(
  Type.Object({
    desired: Type.Optional(Type.Integer()),
    min: Type.Optional(Type.Integer()),
    max: Type.Optional(Type.Integer()),
    buffer: Type.Optional(Type.Integer()),
  }),
);

export const Costs = Type.Unsafe<Readonly<Record<string, string | number>>>({
  type: 'object',
  additionalProperties: { type: ['string', 'number'] },
});

const TRANSITION_MEMBERS = {
  workflow: Type.Optional(Type.String()),
  addProfiles: Type.Optional(Texts),
  removeProfiles: Type.Optional(Texts),
  addParams: Type.Optional(AnyObject),
  removeParams: Type.Optional(Texts),
};
export const Transition = Type.Object(TRANSITION_MEMBERS);
const Release = Type.Object({
  ...TRANSITION_MEMBERS,
  clean: Type.Optional(Type.String()),
  verify: Type.Optional(Type.String()),
});

const counts = Object.fromEntries(RESOURCE_STATUSES.map((status) => [status, { type: 'integer' }]));

const Rounds = Type.Object(
  {
    fetch: Type.String({ description: 'How often the list of its members is fetched.' }),
    retries: Type.Integer({ description: 'Further attempts at one fetch.' }),
    backoff: Type.String({ description: 'The wait before the first of them; it doubles with each.' }),
    reachable: Type.String({ description: 'How old a list may be that is still served.' }),
    update: Type.String({ description: 'How often an update makes the pool fit its size.' }),
  },
  {
    description:
      'Of the pool of a cloud pool instance, which is kept in rounds as its configuration says; every other pool follows its size at once.',
  },
);

export const PoolBody = Type.Object(
  {
    name: Type.String(),
    parent: Type.Unsafe<string | null>({
      ...MaybeText,
      description:
        'The pool that it hangs under; null: `default`, the root of all, or one that the token may not see.',
    }),
    kind: Type.String(),
    provider: Type.String(),
    size: Size,
    split: Type.Array(Type.Object({ pool: Type.String(), weight: Type.Integer() }), {
      description: 'Pools that its size is divided over; it has no members of its own then.',
    }),
    stages: Type.Optional(StagesInput),
    template: Nullable(AnyObject),
    lease: Type.Object({
      default: Type.String(),
      max: Type.String(),
      queue: OneOf(QUEUE_ORDERS),
      warnBefore: MaybeText,
    }),
    quota: Type.Object({
      perHolder: Type.Optional(Type.Integer()),
      leasesPerHolder: Type.Optional(Type.Integer()),
      queuedPerHolder: Type.Optional(Type.Integer()),
      queued: Type.Optional(Type.Integer()),
    }),
    recycle: OneOf(RECYCLES),
    on: Type.Object(
      {
        enter: Type.Optional(Transition),
        allocate: Type.Optional(Transition),
        release: Type.Optional(Release),
        exit: Type.Optional(Transition),
      },
      { description: 'What happens to a resource when it moves; for holders nothing is shown.' },
    ),
    cooldown: Type.String({ description: 'How long a member rests after it was cleaned.' }),
    maxUses: Nullable(
      Type.Integer({ description: 'After how many leases a member is given up; null: never.' }),
    ),
    maxAge: Type.Unsafe<string | null>({
      ...MaybeText,
      description: 'How old a member may become; null: it does not matter.',
    }),
    victims: OneOf(VICTIM_POLICIES),
    rollout: Type.Object({ atOnce: Type.Unsafe<number | string>({ type: ['integer', 'string'] }) }),
    health: Type.Unsafe<readonly Type.Static<typeof ProbeBody>[]>({
      ...Type.Array(ProbeBody),
      description: 'Probes of its members; what they ask is shown to those who see what others do.',
    }),
    leaks: OneOf(LEAK_POLICIES),
    cost: Costs,
    labels: Labels,
    rounds: Type.Optional(Rounds),
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
    outdated: Type.Integer({
      description: 'Members that an older template made and that are still to be replaced.',
    }),
    unhealthy: Type.Integer({ description: 'Members whose liveness is UNHEALTHY.' }),
    held: Type.Integer({ description: 'Members that are held for a person.' }),
    setAside: Type.Integer({ description: 'Free members that are set aside for leases that wait for more.' }),
    queued: Type.Integer({ description: 'Leases that wait at this pool.' }),
  },
  { $id: 'Pool' },
);
export type PoolBody = Type.Static<typeof PoolBody>;
export const Pool = Shared(PoolBody);
