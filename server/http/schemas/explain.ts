import {
  LEASE_STATUSES,
  RESOURCE_ACTIONS,
  RESOURCE_STATUSES,
  RUN_PHASES,
  RUN_STATUSES,
  STEP_KINDS,
  TRANSITIONS,
} from '@poolkeeper/core';
import { Type } from 'typebox';
import { Instant, Labels, MaybeInstant, MaybeText, Nullable, OneOf } from '../../schemas/common.ts';

const Reason = Type.Object({
  reason: Type.String(),
  count: Type.Integer(),
  until: MaybeInstant,
  examples: Type.Array(Type.Object({ name: Type.String(), detail: MaybeText })),
});

export const LeaseExplanationBody = Type.Object({
  lease: Type.String(),
  status: OneOf(LEASE_STATUSES),
  summary: Type.String(),
  position: Nullable(Type.Integer()),
  waitsAt: Type.Unsafe<string | null>({ ...MaybeText, description: 'The pool that it waits at.' }),
  estimatedStart: Type.Unsafe<string | null>({
    ...MaybeInstant,
    description: 'When it is expected to be granted if nobody ends early; null where nobody can say.',
  }),
  items: Type.Array(
    Type.Object({
      pool: Type.String(),
      count: Type.Integer(),
      minimum: Type.Integer(),
      match: Labels,
      filter: MaybeText,
      has: Type.Integer(),
      fitting: Type.Integer({ description: 'Members that could ever serve it.' }),
      members: Type.Integer(),
      reasons: Type.Array(Reason),
    }),
  ),
});

const counts = Object.fromEntries(RESOURCE_STATUSES.map((status) => [status, { type: 'integer' }]));

export const PoolExplanationBody = Type.Object({
  pool: Type.String(),
  summary: Type.String(),
  members: Type.Integer(),
  target: Nullable(Type.Integer()),
  counts: Type.Unsafe<Readonly<Record<string, number>>>({ type: 'object', properties: counts }),
  setAside: Type.Integer(),
  held: Type.Integer(),
  waiting: Type.Integer(),
  troubles: Type.Array(
    Type.Object({
      resource: Type.String(),
      name: Type.String(),
      status: OneOf(RESOURCE_STATUSES),
      error: Type.String(),
    }),
  ),
});

export const ResourceExplanationBody = Type.Object({
  resource: Type.String(),
  summary: Type.String(),
  job: Nullable(
    Type.Object({
      id: Type.String(),
      kind: Type.String(),
      attempts: Type.Integer(),
      notBefore: Instant,
      lastError: MaybeText,
    }),
  ),
  run: Nullable(
    Type.Object({
      id: Type.String(),
      transition: OneOf(TRANSITIONS),
      status: OneOf(RUN_STATUSES),
      step: Nullable(
        Type.Object({
          name: Type.String(),
          workflow: Type.String(),
          phase: OneOf(RUN_PHASES),
          uses: OneOf(STEP_KINDS),
          number: Type.Integer({ description: 'Counted from 1.' }),
          of: Type.Integer(),
          since: MaybeInstant,
          until: MaybeInstant,
        }),
      ),
      waitsFor: Type.String(),
    }),
  ),
  actions: Type.Array(OneOf(RESOURCE_ACTIONS)),
});
