import { PLAN_EFFECTS, PLAN_ENTRY_KINDS } from '@poolkeeper/core';
import type { Json } from '@poolkeeper/core';
import { Type } from 'typebox';
import { Input, MaybeText, OneOf, Shared } from '../../schemas/common.ts';
import { ConfigurationInput } from '../../schemas/configuration.ts';

const FINGERPRINT_PATTERN = '^[0-9a-f]{16}$';

const members = {
  config: Shared(ConfigurationInput),
  prune: Type.Optional(
    Type.Boolean({
      description:
        'Give up what the configuration does not name: pools, providers, workflows, profiles, and members registered by hand. ' +
        'Without it that stays.',
    }),
  ),
};

export const PlanInput = Input(members, { $id: 'PlanRequest' });
export type PlanInput = Type.Static<typeof PlanInput>;

export const ApplyInput = Input(
  {
    ...members,
    fingerprint: Type.Optional(
      Type.String({
        pattern: FINGERPRINT_PATTERN,
        description:
          'The fingerprint of the plan that was agreed to: refused with `plan_outdated` when something else would happen now.',
      }),
    ),
  },
  { $id: 'ApplyRequest' },
);

const AnyJson = (description: string) => Type.Unsafe<Json>({ description });
const count = (description: string) => Type.Integer({ description });

const EFFECT_MEANINGS =
  '`create`: asked for from the provider. `register`: taken in as it is. `destroy`: given up now, or as fast as the rollout ' +
  'allows. `drain`: given up when the lease that holds it is over. `end`: waiting leases that are ended.';

export const PlanBody = Type.Object(
  {
    applied: Type.Boolean({ description: 'Was it done, or only said?' }),
    destructive: Type.Boolean({
      description:
        'Does it end a lease or give up a resource, now or later? Then a person should agree first.',
    }),
    fingerprint: Type.String({ description: 'What `apply` may be asked to hold to.' }),
    totals: Type.Object(
      {
        create: count('Resources to be made.'),
        register: count('Resources that are registered.'),
        destroy: count('Resources that nobody holds and that are given up.'),
        drain: count('Leased resources that are given up when they come back.'),
        end: count('Waiting leases that are ended.'),
      },
      { description: 'Over all entries, those that are left out too.' },
    ),
    entries: Type.Array(
      Type.Object({
        kind: OneOf(PLAN_ENTRY_KINDS),
        action: OneOf(['create', 'change', 'remove']),
        name: Type.String(),
        pool: Type.Unsafe<string | null>({ ...MaybeText, description: 'The pool of a resource.' }),
        changes: Type.Array(
          Type.Object({
            member: Type.String({ description: 'Its path, such as `size.desired`.' }),
            before: Type.Optional(AnyJson('Left out where it was not there.')),
            after: Type.Optional(AnyJson('Left out where it is no longer there.')),
          }),
        ),
        effects: Type.Array(
          Type.Object({
            effect: OneOf(PLAN_EFFECTS, EFFECT_MEANINGS),
            count: Type.Integer(),
            reason: Type.String({ description: 'For people.' }),
          }),
        ),
      }),
      { description: 'What changes; nothing, where the world already is as the configuration says.' },
    ),
    warnings: Type.Array(
      Type.Object({
        pointer: Type.String({ description: 'Into the configuration (RFC 6901).' }),
        message: Type.String({ description: 'For people.' }),
      }),
      {
        description:
          'What to see to although nothing is refused for it, such as a secret that is not set yet.',
      },
    ),
    omitted: Type.Integer({ description: 'Entries beyond the most that one answer names.' }),
  },
  { $id: 'Plan' },
);
export type PlanBody = Type.Static<typeof PlanBody>;
export const PlanView = Shared(PlanBody);
