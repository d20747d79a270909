import { generateKeyPairSync } from 'node:crypto';
import type { DecisionContext } from '@poolkeeper/core';
import { createSealer, keyIdOf, publicHalf, sealHead } from '@poolkeeper/turnover-record';
import type { ExportHead, PublicKeySet, SealedHead, SigningKey } from '@poolkeeper/turnover-record';
import { privateHalf, SigningKeysError } from './signing-key-file.ts';
import type { FileKey, KeyVault } from './signing-key-file.ts';

/** The public half of a key, as a store remembers it. */
type KnownKey = Pick<FileKey, 'x' | 'validFrom' | 'validUntil'>;

/** Where public halves are remembered beside the vault, so that they are in backups. */
export type KeyMemory = {
  listKeys(): Promise<readonly KnownKey[]>;
  keepKeys(keys: readonly KnownKey[]): Promise<void>;
};

export type SigningKeysInput = {
  /** Where the private half is, and nowhere else: never in a backup of the memory, in the log or in an answer. */
  readonly vault: KeyVault;
  readonly memory: KeyMemory;
  /** Milliseconds UTC. */
  readonly now: number;
};

/** The keys that turnover records are signed with: one that signs, and the public halves of those before it. */
export class SigningKeys {
  readonly #vault: KeyVault;
  readonly #memory: KeyMemory;
  #keys: readonly FileKey[];
  #current: SigningKey;
  /** One rotation after another. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Seals with the key that signs at that moment. */
  readonly sealRecord: DecisionContext['sealRecord'] = createSealer(() => this.#current);

  private constructor({ vault, memory }: SigningKeysInput, keys: readonly FileKey[]) {
    this.#vault = vault;
    this.#memory = memory;
    this.#keys = keys;
    this.#current = currentOf(keys);
  }

  /**
   * Reads the keys of a vault; at the first start, makes one, or takes the one that another server was quicker to make. Nothing else
   * changes: another server may be signing.
   *
   * Errors: `SigningKeysError` for what cannot be used; those of the vault.
   */
  static async open(input: SigningKeysInput): Promise<SigningKeys> {
    const { vault, now } = input;
    return new SigningKeys(input, (await vault.read()) ?? (await vault.write([createKey(now)])));
  }

  /**
   * Begins to sign: reads what others rotated meanwhile, ends a rotation that one of them began, and retires at the instant `now`
   * (milliseconds UTC) what the memory knows beside the vault: it signed elsewhere, before the store came here.
   *
   * Errors: as `open`, and those of the memory.
   */
  async takeUp(now: number): Promise<void> {
    const [read, known] = await Promise.all([this.#vault.read(), this.#memory.listKeys()]);
    const kept = read ?? (await this.#vault.write([createKey(now)]));
    const own = kept.some(({ isNext }) => isNext === true) ? rotated(kept, now) : kept;
    const ownIds = new Set(own.map(({ x }) => x));
    const foreign = known
      .filter(({ x }) => !ownIds.has(x))
      .map(({ x, validFrom, validUntil }) => asRetired({ x, validFrom, validUntil: validUntil ?? now }));
    const keys = [...own, ...foreign];
    if (own !== kept || foreign.length > 0) await this.#write(keys);
    this.#use(keys);
    const knownNow = keys.map(knownOf);
    // A take-over writes nothing that is there.
    if (knownNow.some((key) => !known.some((one) => isSame(one, key)))) await this.#memory.keepKeys(knownNow);
  }

  /** The public halves as a JWK set, the one that signs today first. */
  published(): PublicKeySet {
    const lastFirst = this.#keys
      .filter(({ isNext }) => isNext !== true)
      .toSorted(
        (a, b) => (b.validUntil ?? Infinity) - (a.validUntil ?? Infinity) || b.validFrom - a.validFrom,
      );
    return { keys: lastFirst.map(publicHalf) };
  }

  sealHead(head: ExportHead): SealedHead {
    return sealHead(head, this.#current);
  }

  /**
   * Makes a new key that signs from now on. The private half of the one before it is gone with that; its public half stays. `now`: the
   * instant of what is decided next, in milliseconds UTC.
   *
   * Errors: those of the vault before the new key signs; the key before it signs on then. Those that come after it, and of the memory:
   * the new key signs, and the rest is made up for at the next start.
   */
  rotate(now: () => number): Promise<PublicKeySet> {
    const turn = this.#turn.catch(() => {}).then(() => this.#rotate(now));
    this.#turn = turn;
    return turn;
  }

  async #rotate(now: () => number): Promise<PublicKeySet> {
    // One before it may have been broken off half-way.
    await this.takeUp(now());
    // Kept before it signs: what it signed could not be proven if it were lost.
    const announced = [{ ...createKey(now()), isNext: true as const }, ...this.#keys];
    await this.#write(announced);
    // At once, with nothing decided in between: what is signed by a key is signed before its end.
    const keys = rotated(announced, now());
    this.#use(keys);
    await this.#write(keys);
    await this.#memory.keepKeys(keys.map(knownOf));
    return this.published();
  }

  #use(keys: readonly FileKey[]): void {
    this.#keys = keys;
    this.#current = currentOf(keys);
  }

  async #write(keys: readonly FileKey[]): Promise<void> {
    const kept = await this.#vault.write(keys);
    if (JSON.stringify(kept) === JSON.stringify(keys)) return;
    throw new SigningKeysError('The signing keys were changed by another server meanwhile. Try again.');
  }
}

function createKey(now: number): FileKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x, d } = privateKey.export({ format: 'jwk' }) as { x: string; d: string };
  return { kty: 'OKP', crv: 'Ed25519', x, d, validFrom: now, validUntil: null };
}

/** The one that was to be next signs; the one before it has ended. */
function rotated(keys: readonly FileKey[], now: number): readonly FileKey[] {
  return keys.map(({ isNext, ...key }) => {
    if (isNext === true || key.d === undefined) return key;
    return asRetired({ ...key, validUntil: now });
  });
}

/** Without its private half. */
function asRetired({ x, validFrom, validUntil }: KnownKey): FileKey {
  return { kty: 'OKP', crv: 'Ed25519', x, validFrom, validUntil };
}

function knownOf({ x, validFrom, validUntil }: FileKey): KnownKey {
  return { x, validFrom, validUntil };
}

function isSame(a: KnownKey, b: KnownKey): boolean {
  return a.x === b.x && a.validFrom === b.validFrom && a.validUntil === b.validUntil;
}

function currentOf(keys: readonly FileKey[]): SigningKey {
  const key = keys.find(({ d, isNext }) => d !== undefined && isNext !== true) as FileKey;
  return { kid: keyIdOf(key.x), privateKey: privateHalf(key) };
}
