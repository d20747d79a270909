import { createHash } from 'node:crypto';

/**
 * The public half of a key that signs records: a JWK (RFC 7517, RFC 8037). `kid` is its thumbprint (RFC 7638), so that a name
 * cannot stand for another key. `nbf` and `exp` say from when and until when it signed, in seconds UTC as RFC 7519 counts them;
 * a key without `exp` signs today.
 */
export type PublicKey = {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'EdDSA';
  readonly nbf: number;
  readonly exp?: number;
};

/** A JWK set; the key that signs today comes first. */
export type PublicKeySet = { readonly keys: readonly PublicKey[] };

/** The thumbprint of an Ed25519 key (RFC 7638 over the members that RFC 8037 names), by its `x`. */
export function keyIdOf(x: string): string {
  const members = JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x });
  return createHash('sha256').update(members, 'utf8').digest('base64url');
}

/** What is published of a key. Instants are milliseconds UTC; `validUntil` null: it signs today. */
export function publicHalf(key: {
  readonly x: string;
  readonly validFrom: number;
  readonly validUntil: number | null;
}): PublicKey {
  const { x, validFrom, validUntil } = key;
  return {
    kty: 'OKP',
    crv: 'Ed25519',
    x,
    kid: keyIdOf(x),
    use: 'sig',
    alg: 'EdDSA',
    nbf: validFrom / 1_000,
    ...(validUntil === null ? {} : { exp: validUntil / 1_000 }),
  };
}
