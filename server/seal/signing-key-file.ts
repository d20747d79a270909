import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The file in the data directory that holds the keys: the private half of one, the public halves of all. */
export const SIGNING_KEYS_FILE = 'signing-keys.json';
const FILE_MODE = 0o600;

/** The file cannot be used; the message says which, why, and what to do. */
export class SigningKeysError extends Error {
  override readonly name = 'SigningKeysError';
}

/** A key as the file has it: a JWK. `d`, the private half, is there for the one that signs. Instants are milliseconds UTC. */
export type FileKey = {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly d?: string;
  readonly validFrom: number;
  readonly validUntil: number | null;
  /** It signs next: a rotation is under way. It has a private half too. */
  readonly isNext?: true;
};

/** Where keys are kept with the private half of the one that signs. */
export type KeyVault = {
  /** Undefined where there are none. Errors: `SigningKeysError` for what cannot be used; it is left as it is. */
  read(): Promise<readonly FileKey[] | undefined>;
  /** Puts keys in the place of those that were read last, durably. Answers what is there then: another server may have been quicker. */
  write(keys: readonly FileKey[]): Promise<readonly FileKey[]>;
};

/** Keys in a file of a data directory, for its owner alone. */
export function createKeyFileVault(directory: string): KeyVault {
  return {
    read: async () => readKeyFile(directory),
    write: async (keys) => {
      writeKeyFile(directory, keys);
      return keys;
    },
  };
}

/**
 * The keys of a file; undefined where there is none.
 *
 * Errors: `SigningKeysError` for a file that is damaged or has no key that signs. It is left as it is: a new key in its place
 * would be one that nobody trusts.
 */
function readKeyFile(directory: string): readonly FileKey[] | undefined {
  const file = join(directory, SIGNING_KEYS_FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(file, 'it cannot be read', error);
  }
  return parseKeys(text, (why, cause) => unusable(file, why, cause));
}

/** Reads keys as they are kept. `unusable` makes the error of what is wrong. Errors: that one. */
export function parseKeys(text: string, unusable: Unusable): readonly FileKey[] {
  let keys: readonly FileKey[];
  try {
    ({ keys } = JSON.parse(text) as { readonly keys: readonly FileKey[] });
  } catch (error) {
    throw unusable('it is no JSON', error);
  }
  const signing = Array.isArray(keys) ? keys.filter(({ d }) => d !== undefined) : [];
  const next = signing.filter(({ isNext }) => isNext === true);
  if (signing.length !== next.length + 1 || next.length > 1)
    throw unusable('it has not exactly one key with a private half');
  for (const key of keys) requireSound(key, unusable);
  return keys;
}

/** Keys as they are kept. */
export function formatKeys(keys: readonly FileKey[]): string {
  return `${JSON.stringify({ keys }, null, 2)}\n`;
}

type Unusable = (why: string, cause?: unknown) => SigningKeysError;

/** Writes the file in the place of the one before it: after a crash there is one or the other. */
function writeKeyFile(directory: string, keys: readonly FileKey[]): void {
  const file = join(directory, SIGNING_KEYS_FILE);
  const partial = `${file}.partial`;
  rmSync(partial, { force: true });
  const handle = openSync(partial, 'wx', FILE_MODE);
  try {
    writeSync(handle, formatKeys(keys));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(partial, file);
  flushDirectory(dirname(file));
}

/** The half that signs. */
export function privateHalf({ kty, crv, x, d = '' }: FileKey): KeyObject {
  return createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' });
}

function requireSound(key: FileKey, unusable: Unusable): void {
  const { kty, crv, x, validFrom, validUntil } = key;
  const isKey = kty === 'OKP' && crv === 'Ed25519' && typeof x === 'string';
  const isDated =
    Number.isSafeInteger(validFrom) && (validUntil === null || Number.isSafeInteger(validUntil));
  if (!isKey || !isDated) throw unusable('a key in it is not as this server writes keys');
  if (key.d === undefined) return;
  try {
    if (createPublicKey(privateHalf(key)).export({ format: 'jwk' }).x !== x)
      throw new Error('another public half');
  } catch (error) {
    throw unusable('the two halves of a key in it do not belong together', error);
  }
}

function unusable(file: string, why: string, cause?: unknown): SigningKeysError {
  return new SigningKeysError(
    `The signing keys ${file} cannot be used: ${why}. Put back the file from your copy, or move it away: a new key is made ` +
      'then, and records are signed by that one from now on.',
    cause === undefined ? {} : { cause },
  );
}

function flushDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
