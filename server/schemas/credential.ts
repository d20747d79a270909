import { Type } from 'typebox';
import { Input, Nullable } from './common.ts';

/** Names of the texts of a credential. In capitals each is the name of a variable. */
export const CREDENTIAL_NAME_PATTERN = '^[A-Za-z][A-Za-z0-9_]{0,62}$';
const CREDENTIAL_TEXTS_MAX = 32;
/** Characters of one text: a key file fits. */
const CREDENTIAL_LENGTH_MAX = 16_384;
/** Bytes of one part of the credentials of a resource, as JSON. */
const CREDENTIAL_BYTES_MAX = 32 * 1_024;

/** A credential in the clear, on its way in. */
function CredentialInput(description: string) {
  return Type.Unsafe<Readonly<Record<string, string>>>({
    type: 'object',
    minProperties: 1,
    maxProperties: CREDENTIAL_TEXTS_MAX,
    propertyNames: { type: 'string', pattern: CREDENTIAL_NAME_PATTERN },
    additionalProperties: { type: 'string', minLength: 1, maxLength: CREDENTIAL_LENGTH_MAX },
    'x-max-bytes': CREDENTIAL_BYTES_MAX,
    writeOnly: true,
    description,
  });
}

const CURRENT = 'What whoever holds the resource is shown, such as `username` and `password`.';
const MANAGEMENT = 'What the resource is looked after with; no holder ever sees it.';

/** What is said of the credentials of a resource when it is registered, in requests and in configuration files. */
export const CredentialsGiven = Input(
  {
    current: Type.Optional(CredentialInput(CURRENT)),
    management: Type.Optional(CredentialInput(MANAGEMENT)),
  },
  {
    minProperties: 1,
    description:
      'Sealed before they are stored; no list, event, log or plan ever has them. What a rotation replaced is set again only when ' +
      'something else is said here.',
  },
);
export type CredentialsGiven = Type.Static<typeof CredentialsGiven>;

/** The same where one that is there can be taken away. */
export const CredentialsSetting = Input(
  {
    current: Type.Optional(Nullable(CredentialInput(`${CURRENT} Null takes it away.`))),
    management: Type.Optional(Nullable(CredentialInput(`${MANAGEMENT} Null takes it away.`))),
  },
  { $id: 'CredentialsSetting', minProperties: 1, description: 'Each member replaces the one before it.' },
);
export type CredentialsSetting = Type.Static<typeof CredentialsSetting>;
