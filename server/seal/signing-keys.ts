import { generateKeyPairSync } from 'node:crypto';
import type { DecisionContext } from '@poolkeeper/core';
import { createSealer, keyIdOf, publicHalf, sealHead } from '@poolkeeper/turnover-record';
import type { ExportHead, PublicKeySet, SealedHead, SigningKey } from '@poolkeeper/turnover-record';
import { privateHalf, readKeyFile, writeKeyFile } from './signing-key-file.ts';
import type { FileKey } from './signing-key-file.ts';

/** The public half of a key, as a store remembers it. */
type KnownKey = Pick<FileKey, 'x' | 'validFrom' | 'validUntil'>;

/** Where public halves are remembered beside the file, so that they are in backups. */
export type KeyMemory = {
  listKeys(): Promise<readonly KnownKey[]>;
  keepKeys(keys: readonly KnownKey[]): Promise<void>;
};

/**
 * The keys that turnover records are signed with: one that signs, and the public halves of those before it.
 *
 * The private half is in a file of the data directory alone: never in the store, in a backup, in the log or in an answer.
 */
export class SigningKeys {
  readonly #directory: string;
  readonly #memory: KeyMemory;
  #keys: readonly FileKey[];
  #current: SigningKey;
  /** Seals with the key that signs at that moment. */
  readonly sealRecord: DecisionContext['sealRecord'] = createSealer(() => this.#current);

  private constructor(input: { directory: string; memory: KeyMemory; keys: readonly FileKey[] }) {
    this.#directory = input.directory;
    this.#memory = input.memory;
    this.#keys = input.keys;
    this.#current = currentOf(input.keys);
  }

  /**
   * Reads the keys of a data directory; at the first start, makes one. What the store knows beside them signed in another
   * directory, before the store came here: it is retired at the instant `now` (milliseconds UTC).
   *
   * Errors: `SigningKeysError` for a file that cannot be used; those of the disk and of the store.
   */
  static async open(input: { directory: string; memory: KeyMemory; now: number }): Promise<SigningKeys> {
    const { directory, memory, now } = input;
    const inFile = readKeyFile(directory);
    const own = inFile ?? [createKey(now)];
    const ownIds = new Set(own.map(({ x }) => x));
    const foreign = (await memory.listKeys())
      .filter(({ x }) => !ownIds.has(x))
      .map(({ x, validFrom, validUntil }) => asRetired({ x, validFrom, validUntil: validUntil ?? now }));
    const keys = [...own, ...foreign];
    if (inFile === undefined || foreign.length > 0) writeKeyFile(directory, keys);
    await memory.keepKeys(keys.map(knownOf));
    return new SigningKeys({ directory, memory, keys });
  }

  /** The public halves as a JWK set, the one that signs today first. */
  published(): PublicKeySet {
    const lastFirst = this.#keys.toSorted(
      (a, b) => (b.validUntil ?? Infinity) - (a.validUntil ?? Infinity) || b.validFrom - a.validFrom,
    );
    return { keys: lastFirst.map(publicHalf) };
  }

  sealHead(head: ExportHead): SealedHead {
    return sealHead(head, this.#current);
  }

  /**
   * Makes a new key that signs from the instant `now` (milliseconds UTC) on. The private half of the one before it is gone with
   * that; its public half stays.
   *
   * Errors: those of the disk; the key before it signs on then. Those of the store: the new key signs, and the store hears of it
   * at the next start.
   */
  async rotate(now: number): Promise<PublicKeySet> {
    const retired = this.#keys.map((key) =>
      key.d === undefined ? key : asRetired({ ...key, validUntil: now }),
    );
    const keys = [createKey(now), ...retired];
    // At once, with nothing decided in between: what is signed by a key is signed before its end.
    writeKeyFile(this.#directory, keys);
    this.#keys = keys;
    this.#current = currentOf(keys);
    await this.#memory.keepKeys(keys.map(knownOf));
    return this.published();
  }
}

function createKey(now: number): FileKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x, d } = privateKey.export({ format: 'jwk' }) as { x: string; d: string };
  return { kty: 'OKP', crv: 'Ed25519', x, d, validFrom: now, validUntil: null };
}

/** Without its private half. */
function asRetired({ x, validFrom, validUntil }: KnownKey): FileKey {
  return { kty: 'OKP', crv: 'Ed25519', x, validFrom, validUntil };
}

function knownOf({ x, validFrom, validUntil }: FileKey): KnownKey {
  return { x, validFrom, validUntil };
}

function currentOf(keys: readonly FileKey[]): SigningKey {
  const key = keys.find(({ d }) => d !== undefined) as FileKey;
  return { kid: keyIdOf(key.x), privateKey: privateHalf(key) };
}
