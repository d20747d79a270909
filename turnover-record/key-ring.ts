import { compactVerify, importJWK } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { keyIdOf } from './key-id.ts';

/** Keys that one file may name. */
const KEYS_MAX = 10_000;
const KEY_BYTES = 32;

/** How a signature stands to the keys that are known. */
export type SignatureState = 'good' | 'bad' | 'unknownKey' | 'lateKey';

/** A key, and until when it signed: milliseconds UTC, null while it does. */
type RingKey = { readonly key: CryptoKey; readonly validUntil: number | null };

/** The public keys that a reader trusts, by their thumbprints. */
export class KeyRing {
  readonly #keys: ReadonlyMap<string, RingKey>;

  constructor(keys: ReadonlyMap<string, RingKey>) {
    this.#keys = keys;
  }

  get ids(): readonly string[] {
    return [...this.#keys.keys()];
  }

  /** Verifies a JWS of ours. `at`: the instant that the payload names, in milliseconds UTC: a retired key signs nothing after its end. */
  async check(jws: string, kid: string, at: number | null): Promise<SignatureState> {
    const known = this.#keys.get(kid);
    if (known === undefined) return 'unknownKey';
    try {
      await compactVerify(jws, known.key, { algorithms: ['EdDSA'] });
    } catch {
      return 'bad';
    }
    return known.validUntil !== null && at !== null && at > known.validUntil ? 'lateKey' : 'good';
  }
}

/** Reads a JWK set; a text says what is wrong with it. Keys of other kinds are passed over. */
export async function readKeySet(text: string): Promise<KeyRing | string> {
  const keys = keysIn(text);
  if (keys === undefined) {
    return 'it is no set of keys. Save the answer of GET /.well-known/poolkeeper-keys.json of the server that you trust.';
  }
  if (keys.length > KEYS_MAX) return `it has more than ${KEYS_MAX} keys.`;
  const ring = new Map<string, RingKey>();
  for (const jwk of keys) {
    const read = await readKey(jwk);
    if (typeof read === 'string') return read;
    if (read !== undefined) ring.set(read.kid, read.entry);
  }
  return ring.size === 0 ? 'it has no Ed25519 key.' : new KeyRing(ring);
}

function keysIn(text: string): readonly unknown[] | undefined {
  try {
    const { keys } = JSON.parse(text) as { readonly keys?: unknown };
    return Array.isArray(keys) ? keys : undefined;
  } catch {
    return undefined;
  }
}

async function readKey(
  jwk: unknown,
): Promise<{ readonly kid: string; readonly entry: RingKey } | string | undefined> {
  const { kty, crv, x, kid, exp } = (jwk ?? {}) as Record<string, unknown>;
  if (kty !== 'OKP' || crv !== 'Ed25519') return undefined;
  if (typeof x !== 'string' || Buffer.from(x, 'base64url').length !== KEY_BYTES)
    return 'an Ed25519 key in it has no "x" of 32 bytes.';
  const id = keyIdOf(x);
  if (kid !== undefined && kid !== id) {
    return `a key in it calls itself ${JSON.stringify(kid)} and is "${id}": the file was changed by hand.`;
  }
  if (exp !== undefined && !(typeof exp === 'number' && Number.isFinite(exp)))
    return `the key "${id}" has an "exp" that is no number.`;
  try {
    const key = (await importJWK({ kty, crv, x } as JWK, 'EdDSA')) as CryptoKey;
    return { kid: id, entry: { key, validUntil: exp === undefined ? null : Math.round(exp * 1_000) } };
  } catch {
    return `the key "${id}" is no point of the curve.`;
  }
}
