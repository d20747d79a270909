import { SECRET_NAME } from '@poolkeeper/core';
import { Type } from 'typebox';
import { Input, Instant, SECRET_NAME_PATTERN, Shared, Texts } from '../../schemas/common.ts';
import { invariant } from '@poolkeeper/core';
import { paging } from './page.ts';

invariant(SECRET_NAME.source === SECRET_NAME_PATTERN, 'the API and the core name secrets alike');

/** Bytes of a secret, in UTF-8: a bundle of certificates fits. */
export const SECRET_BYTES_MAX = 65_536;

export const SecretPath = Input({
  name: Type.String({ pattern: SECRET_NAME_PATTERN, description: 'The name of the secret.' }),
});

export const SecretInput = Input(
  {
    value: Type.String({
      minLength: 1,
      maxLength: SECRET_BYTES_MAX,
      writeOnly: true,
      description: `The secret, at most ${SECRET_BYTES_MAX} bytes in UTF-8. No answer, event or log ever has it.`,
    }),
  },
  { $id: 'SecretSetting' },
);

export const SecretsQuery = Input({ ...paging });

export const SecretBody = Type.Object(
  {
    name: Type.String(),
    version: Type.Integer({ description: 'Rises with each new value; the entity tag.' }),
    createdAt: Instant,
    changedAt: Instant,
    canOpen: Type.Boolean({
      description:
        'Has the server the key that it is sealed with? Else steps and providers that name it fail, until the key is back or the secret is set anew.',
    }),
    workflows: Type.Unsafe<readonly string[]>({
      ...Texts,
      description: 'Workflows that name it; while there are any it stays.',
    }),
    providers: Type.Unsafe<readonly string[]>({
      ...Texts,
      description: 'Providers whose options name it; while there are any it stays.',
    }),
  },
  { $id: 'Secret' },
);
export type SecretBody = Type.Static<typeof SecretBody>;
export const Secret = Shared(SecretBody);
