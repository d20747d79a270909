import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { DES_CRYPT, desCrypt } from './des-crypt.ts';
import { deobfuscate } from './obfuscation.ts';

/** Tells whether a password is the one of a user. */
export type Credential = { fits(password: string): boolean };

/** How a secret is written in a realm file; without a word before it, in the clear. */
const KINDS = ['MD5:', 'OBF:', 'CRYPT:'] as const;
const MD5 = /^[0-9a-f]{32}$/i;
const SALT_CHARACTERS = 2;

/**
 * Makes of a secret as a realm file has it what can only tell whether a password fits. What is kept is a digest under `key`, never the
 * secret; comparing takes as long whatever differs.
 *
 * Why a keyed digest and not a slow one: the file stands beside the server and has the secret, or a fast digest of it, and each request
 * brings its password anew. `key` is made for the process, so that a digest is of no use anywhere else.
 *
 * Errors: `Error` that says what the secret has to be; it never repeats the secret.
 */
export function readCredential(secret: string, key: Uint8Array): Credential {
  const kind = KINDS.find((one) => secret.startsWith(one)) ?? '';
  const text = secret.slice(kind.length);
  switch (kind) {
    case '':
      return keep(key, text, (password) => password);
    case 'OBF:':
      return keep(key, plainOf(text), (password) => password);
    case 'MD5:':
      if (!MD5.test(text)) throw new Error('what follows MD5: has to be 32 hexadecimal digits');
      return keep(key, text.toLowerCase(), (password) => createHash('md5').update(password).digest('hex'));
    case 'CRYPT:':
      if (!DES_CRYPT.test(text)) {
        throw new Error(
          'what follows CRYPT: has to be the 13 characters of the traditional crypt(3); newer schemes, with a $, are not read',
        );
      }
      return rememberLast(
        key,
        keep(key, text, (password) => desCrypt(Buffer.from(password), text.slice(0, SALT_CHARACTERS))),
      );
  }
}

/** A credential that no password fits, for users that there are not: whether there is one takes as long to find out. */
export function noCredential(key: Uint8Array): Credential {
  return keep(key, '', (password) => `.${password}`);
}

function plainOf(obfuscated: string): string {
  const plain = deobfuscate(obfuscated);
  if (plain !== undefined) return plain;
  throw new Error('what follows OBF: was not written by the Password tool of Jetty');
}

function keep(key: Uint8Array, secret: string, of: (password: string) => string): Credential {
  const kept = digest(key, secret);
  return { fits: (password) => timingSafeEqual(kept, digest(key, of(password))) };
}

/** crypt(3) takes milliseconds, and a client shows the same password with each request. */
function rememberLast(key: Uint8Array, credential: Credential): Credential {
  let last: Buffer | undefined;
  return {
    fits: (password) => {
      const shown = digest(key, password);
      if (last !== undefined && timingSafeEqual(last, shown)) return true;
      if (!credential.fits(password)) return false;
      last = shown;
      return true;
    },
  };
}

function digest(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
