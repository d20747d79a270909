import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { MasterKey } from './master-key.ts';

const CIPHER = 'aes-256-gcm';
/** What GCM is made for: 96 bits of nonce, 128 of tag. */
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Begins every sealed text, and counts up should its layout ever change. */
const LAYOUT = 'pkseal1';

/** A sealed text was changed, or belongs to another name or key. It never says what is in it. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

/** Which key a sealed text needs; undefined when it is none of ours. */
export function keyIdOf(sealed: string): string | undefined {
  return partsOf(sealed)?.kid;
}

/**
 * Seals a value for a name: it opens with the same key and under the same name alone.
 *
 * `nonce` has to be new for every call with one key: `NONCE_BYTES` of chance.
 * Source: NIST SP 800-38D; at random nonces a key is good for 2^32 values, which a person setting secrets never reaches.
 */
export function sealValue(
  key: MasterKey,
  nonce: Uint8Array,
  { name, value }: { name: string; value: string },
): string {
  const cipher = createCipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundData(key.id, name));
  const ciphertext = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  const parts = [nonce, ciphertext, cipher.getAuthTag()].map((part) =>
    Buffer.from(part).toString('base64url'),
  );
  return [LAYOUT, key.id, ...parts].join('.');
}

/** Errors: `SealBroken`. */
export function openValue(key: MasterKey, name: string, sealed: string): string {
  const parts = partsOf(sealed);
  if (parts === undefined || parts.kid !== key.id) throw new SealBroken('it is not sealed with this key');
  try {
    const decipher = createDecipheriv(CIPHER, key.bytes, parts.nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(boundData(key.id, name));
    decipher.setAuthTag(parts.tag);
    return Buffer.concat([decipher.update(parts.ciphertext), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new SealBroken('it was changed, or belongs to another name', { cause });
  }
}

/** Is bound to the ciphertext without being in it: a sealed text that is moved to another name or layout does not open. */
function boundData(kid: string, name: string): Buffer {
  return Buffer.from(`${LAYOUT}\n${kid}\n${name}`, 'utf8');
}

type Parts = {
  readonly kid: string;
  readonly nonce: Buffer;
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
};

function partsOf(sealed: string): Parts | undefined {
  const [layout, kid, ...rest] = sealed.split('.');
  const [nonce, ciphertext, tag] = rest.map((part) => Buffer.from(part, 'base64url'));
  if (layout !== LAYOUT || kid === undefined || rest.length !== 3) return undefined;
  if (nonce === undefined || ciphertext === undefined || tag === undefined) return undefined;
  if (nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES) return undefined;
  return { kid, nonce, ciphertext, tag };
}
