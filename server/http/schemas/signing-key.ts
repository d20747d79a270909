import { Type } from 'typebox';
import { Shared } from '../../schemas/common.ts';

const PublicKey = Type.Object({
  kty: Type.Literal('OKP'),
  crv: Type.Literal('Ed25519'),
  x: Type.String({ description: 'The public half, base64url.' }),
  kid: Type.String({ description: 'Its thumbprint (RFC 7638).' }),
  use: Type.Literal('sig'),
  alg: Type.Literal('EdDSA'),
  nbf: Type.Number({ description: 'It signed from here on: seconds since 1970, UTC.' }),
  exp: Type.Optional(
    Type.Number({ description: 'It signed until here, in the same way. The key that signs today has none.' }),
  ),
});

export const PublicKeySetBody = Type.Object(
  { keys: Type.Array(PublicKey, { description: 'The one that signs today comes first.' }) },
  { $id: 'PublicKeySet', description: 'A JWK set (RFC 7517).' },
);
export const PublicKeySet = Shared(PublicKeySetBody);
