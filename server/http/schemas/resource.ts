import {
  LIVENESSES,
  MACHINE_STATES,
  RESOURCE_ACTIONS,
  RESOURCE_STATUSES,
  SERVICE_STATES,
} from '@poolkeeper/core';
import { Type } from 'typebox';
import {
  AnyObject,
  Input,
  Instant,
  Labels,
  Line,
  MaybeInstant,
  MaybeText,
  Name,
  Nullable,
  OneOf,
  ResourceName,
  Shared,
  Texts,
} from '../../schemas/common.ts';
import { CredentialsGiven } from '../../schemas/credential.ts';
import { RESOURCE_TRAITS } from '../../schemas/resource.ts';
import { StageInput } from '../../schemas/stages.ts';
import { MOVE_ON } from './members.ts';
import { paging } from './page.ts';

const REASON_LENGTH_MAX = 500;
const LABEL_FILTERS_MAX = 8;
const LABEL_FILTER_LENGTH_MAX = 320;

export const ResourceInput = Input(
  {
    pool: Name('A pool whose members are registered by hand.'),
    name: ResourceName(),
    ...RESOURCE_TRAITS,
    stage: Type.Optional(StageInput),
    credentials: Type.Optional(CredentialsGiven),
  },
  { $id: 'ResourceRegistration' },
);

export const ResourcePatch = Input(
  {
    ...RESOURCE_TRAITS,
    evictable: Type.Optional(Type.Boolean({ description: 'May the pool take it away when it shrinks?' })),
  },
  { $id: 'ResourceChange', minProperties: 1, description: 'Each member replaces the one before it.' },
);

export const MoveInput = Input(
  { pool: Name('Where it goes: a pool of the same kind and provider.'), on: MOVE_ON },
  { $id: 'ResourceMove' },
);

export const ActionInput = Input(
  { reason: Type.Optional(Line(REASON_LENGTH_MAX, 'Why, for people.')) },
  { $id: 'ResourceAction' },
);

export const ResourcesQuery = Input({
  ...paging,
  pool: Type.Optional(Name('Members of this pool.')),
  status: Type.Optional(OneOf(RESOURCE_STATUSES)),
  provider: Type.Optional(Name('What this provider made.')),
  liveness: Type.Optional(OneOf(LIVENESSES, 'By what the provider and the probes say.')),
  label: Type.Optional(
    Type.Unsafe<readonly string[]>({
      type: 'array',
      maxItems: LABEL_FILTERS_MAX,
      items: { type: 'string', maxLength: LABEL_FILTER_LENGTH_MAX },
      description: '`key=value`; several are all needed.',
    }),
  ),
});

const ProbeVerdict = Type.Object({
  probe: Type.String(),
  healthy: Type.Boolean(),
  since: Instant,
  detail: MaybeText,
});
type ProbeVerdictBody = Type.Static<typeof ProbeVerdict>;

const Details = Type.Object(
  {
    launchedAt: MaybeInstant,
    requestedAt: MaybeInstant,
    publicAddresses: Texts,
    privateAddresses: Texts,
    cloud: Type.String({ description: "The cloud's name, such as `AWS-EC2`." }),
    region: Type.String(),
    size: Type.String({ description: 'The flavour or instance type.' }),
    metadata: Type.Optional(AnyObject),
  },
  { description: 'What its provider tells of the machine; left out where it tells nothing of the kind.' },
);

export const ResourceBody = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    pool: Type.String(),
    kind: Type.String(),
    provider: Type.String(),
    status: OneOf(RESOURCE_STATUSES),
    hold: Nullable(
      Type.Object(
        {
          reason: Type.String(),
          since: Instant,
          step: Type.Unsafe<string | null>({
            ...MaybeText,
            description: 'The step that failed, if one did.',
          }),
          run: Type.Unsafe<string | null>({ ...MaybeText, description: 'The run that it is of.' }),
        },
        { description: 'Stopped for a person: retry, skip or retire continues.' },
      ),
    ),
    epoch: Type.Integer(),
    labels: Labels,
    params: AnyObject,
    hasCredentials: Type.Optional(
      Type.Literal(true, {
        description: 'Are there credentials of it? Left out: no. What they are no list says.',
      }),
    ),
    profiles: Type.Unsafe<readonly string[]>({
      ...Texts,
      description: 'Parameters beside its own: what it has itself wins, then the first profile that has it.',
    }),
    addresses: Texts,
    endpoints: Labels,
    lease: Type.Unsafe<string | null>({
      ...MaybeText,
      description: 'The lease that has it, or for which it is set aside.',
    }),
    externalId: Type.Unsafe<string | null>({ ...MaybeText, description: "The provider's own name of it." }),
    machine: OneOf(MACHINE_STATES),
    liveness: OneOf(LIVENESSES, 'By what the provider says, and what the probes of the pool say.'),
    probes: Type.Unsafe<readonly ProbeVerdictBody[]>({
      ...Type.Array(ProbeVerdict),
      description: 'What the probes of its pool have come to; empty before they have said anything.',
    }),
    unhealthySince: MaybeInstant,
    evictable: Type.Boolean(),
    active: Type.Boolean({
      description:
        'Does it count towards the size of its pool? What does not is replaced, and lent to nobody.',
    }),
    serviceState: Type.Optional(
      OneOf(SERVICE_STATES, 'What clients of a cloud pool say of the service on it; left out: nothing.'),
    ),
    details: Type.Optional(Details),
    stage: Type.Optional(
      Type.Object(
        {
          name: Type.String(),
          at: Instant,
          data: Type.Optional(
            Type.Unsafe<Readonly<Record<string, string>>>({
              ...Labels,
              description:
                'What clients keep with it; shown to its holder, and to who sees what others hold.',
            }),
          ),
        },
        { description: 'Where it stands; only where members are handed over by stage.' },
      ),
    ),
    uses: Type.Integer({ description: 'Leases that it has served.' }),
    run: Type.Unsafe<string | null>({
      ...MaybeText,
      description: 'The run of the transition that it is in, also while it is held.',
    }),
    turnover: Nullable(
      Type.Object(
        {
          since: Instant,
          epoch: Type.Integer({ description: 'The epoch that is turned over.' }),
          lease: MaybeText,
          holder: MaybeText,
          steps: Type.Integer({ description: 'Steps that are over.' }),
        },
        {
          description:
            'From the end of a lease until it is free or gone: what is proven of the holder before.',
        },
      ),
    ),
    restsUntil: Type.Unsafe<string | null>({
      ...MaybeInstant,
      description: 'Until when it rests after it was cleaned.',
    }),
    destination: Type.Unsafe<string | null>({
      ...MaybeText,
      description: 'The pool that it goes to when it has left its own.',
    }),
    fate: OneOf(['recycle', 'retire', 'quarantine'], 'What happens to it when it comes back.'),
    actions: Type.Array(OneOf(RESOURCE_ACTIONS), { description: 'What may be done with it now.' }),
    createdAt: Instant,
    since: Instant,
    version: Type.Integer({ description: 'Rises with each change; the entity tag.' }),
  },
  { $id: 'Resource' },
);
export type ResourceBody = Type.Static<typeof ResourceBody>;
export const Resource = Shared(ResourceBody);
