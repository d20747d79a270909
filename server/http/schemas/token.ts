import { POOL_SIZE_MAX, ROLES } from '@poolkeeper/core';
import { Type } from 'typebox';
import {
  Duration,
  Holder,
  Input,
  Instant,
  Labels,
  LabelsInput,
  MaybeInstant,
  Nullable,
  OneOf,
  Shared,
  Texts,
  Whole,
} from '../../schemas/common.ts';
import { NAME_PATTERN } from '../../schemas/common.ts';
import { paging } from './page.ts';

const GRANTS_MAX = 1_000;

export const TokenInput = Input(
  {
    name: Holder('Unique; also the holder of the leases that it asks for.'),
    role: OneOf(ROLES, 'What it may do.'),
    pools: Type.Optional(
      Type.Unsafe<readonly string[] | null>({
        type: ['array', 'null'],
        maxItems: GRANTS_MAX,
        uniqueItems: true,
        items: { type: 'string', pattern: NAME_PATTERN },
        description: 'Pools that it may use; null is all.',
      }),
    ),
    quota: Type.Optional(
      Input({
        resources: Type.Optional(
          Whole(0, POOL_SIZE_MAX, 'Resources that it may have or wait for, over all pools.'),
        ),
        leases: Type.Optional(Whole(0, POOL_SIZE_MAX, 'Leases that it may have, over all pools.')),
        duration: Type.Optional(Duration('How long its leases may last.')),
      }),
    ),
    labels: Type.Optional(
      LabelsInput(
        'Of a runner: it has exactly these, whatever it says. Those that it says, where nothing is said.',
      ),
    ),
    ttl: Type.Optional(Duration('After so long it expires; never, where nothing is said.')),
  },
  { $id: 'TokenRequest' },
);
export type TokenInput = Type.Static<typeof TokenInput>;

export const TokensQuery = Input({ ...paging });

const members = {
  id: Type.String(),
  name: Type.String(),
  role: OneOf(ROLES),
  pools: Nullable(Texts),
  quota: Type.Object({
    resources: Type.Optional(Type.Integer()),
    leases: Type.Optional(Type.Integer()),
    duration: Type.Optional(Type.String()),
  }),
  labels: Nullable(Labels),
  createdAt: Instant,
  expiresAt: MaybeInstant,
};

export const TokenBody = Type.Object(members, { $id: 'Token' });
export type TokenBody = Type.Static<typeof TokenBody>;
export const Token = Shared(TokenBody);

export const NewTokenBody = Type.Object(
  {
    ...members,
    secret: Type.String({ description: 'Shown this once; send it as `Authorization: Bearer …`.' }),
  },
  { $id: 'NewToken' },
);
export const NewToken = Shared(NewTokenBody);
