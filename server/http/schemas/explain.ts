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
  stages: Type.Optional(
    Type.Object(
      {
        stages: Type.Array(
          Type.Object({
            stage: Type.String(),
            members: Type.Integer(),
            held: Type.Integer({ description: 'Those that somebody has taken by stage.' }),
          }),
        ),
        waiting: Type.Integer({ description: 'Requests that wait, at whatever stage.' }),
        waiters: Type.Array(
          Type.Object({
            stage: Type.String(),
            request: Type.String(),
            position: Type.Unsafe<number | null>({
              ...Nullable(Type.Integer()),
              description: 'Counted from 1; null while it does not ask, and is passed over.',
            }),
            since: Instant,
          }),
          {
            description:
              'The first of those that wait; for holders nothing is shown: who knows an id can ask under it.',
          },
        ),
      },
      { description: 'Only where members are handed over by stage.' },
    ),
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
