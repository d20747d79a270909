import { keyIdOf, NONCE_BYTES, openValue, SealBroken, sealValue } from './envelope.ts';
import type { MasterKey } from './master-key.ts';

/** Seals and opens secrets with the server's master keys. */
export type SecretBox = {
  /** The id of the key that seals. */
  readonly keyId: string;
  seal(name: string, value: string): string;
  /** Errors: `SealBroken`, whose message says what is missing and what to do, never what is in it. */
  open(name: string, sealed: string): string;
  canOpen(name: string, sealed: string): boolean;
  /** Is it sealed with the current key? */
  isCurrent(sealed: string): boolean;
};

/** `keys`: the first one seals, all of them open. `randomBytes`: of the system, never repeated. */
export function createSecretBox(
  keys: readonly [MasterKey, ...MasterKey[]],
  randomBytes: (size: number) => Uint8Array,
): SecretBox {
  const [current] = keys;
  const byId = new Map(keys.map((key) => [key.id, key]));
  const open = (name: string, sealed: string): string => {
    const kid = keyIdOf(sealed);
    const key = byId.get(kid ?? '');
    if (key !== undefined) return openValue(key, name, sealed);
    throw new SealBroken(
      kid === undefined
        ? 'it is no sealed text'
        : `it is sealed with the key ${kid}, which this server does not have; give it as POOLKEEPER_MASTER_KEY_OLD and start the server again`,
    );
  };
  return {
    keyId: current.id,
    seal: (name, value) => sealValue(current, randomBytes(NONCE_BYTES), { name, value }),
    open,
    canOpen: (name, sealed) => {
      try {
        open(name, sealed);
        return true;
      } catch {
        return false;
      }
    },
    isCurrent: (sealed) => keyIdOf(sealed) === current.id,
  };
}
