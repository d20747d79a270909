import { Type } from 'typebox';
import { Instant, Labels, MaybeInstant, Nullable, Shared } from '../../schemas/common.ts';

const Kept = Nullable(
  Type.Object({
    since: Instant,
    epoch: Type.Integer({ description: 'The epoch of the resource when it was kept.' }),
    canOpen: Type.Boolean({
      description:
        'Has the server the key that it is sealed with? Else nobody can use it until it is set anew.',
    }),
  }),
);

export const CredentialsBody = Type.Object(
  {
    resource: Type.String(),
    current: Kept,
    pending: Kept,
    management: Kept,
    version: Type.Integer({ description: 'Rises with each change; the entity tag. 0 where there are none.' }),
    changedAt: MaybeInstant,
  },
  {
    $id: 'Credentials',
    description:
      'Which credentials a resource has, never what is in them: `current` is what its holder is shown, `pending` what a rotation made and ' +
      'has not put in force, `management` what it is looked after with.',
  },
);
export type CredentialsBody = Type.Static<typeof CredentialsBody>;
export const Credentials = Shared(CredentialsBody);

export const LeaseCredentialsBody = Type.Object(
  {
    lease: Type.String(),
    expiresAt: Instant,
    resources: Type.Array(
      Type.Object({
        id: Type.String(),
        name: Type.String(),
        pool: Type.String(),
        epoch: Type.Integer(),
        values: Type.Unsafe<Readonly<Record<string, string>>>({
          ...Labels,
          description: 'Texts by name, such as `username` and `password`.',
        }),
      }),
      { description: 'Those of the resources of the lease that have credentials.' },
    ),
  },
  {
    $id: 'LeaseCredentials',
    description: 'What the holder of a lease uses its resources with, in the clear.',
  },
);
export type LeaseCredentialsBody = Type.Static<typeof LeaseCredentialsBody>;
export const LeaseCredentials = Shared(LeaseCredentialsBody);
