import { formatKeys, parseKeys, SigningKeysError } from './signing-key-file.ts';
import type { FileKey, KeyVault } from './signing-key-file.ts';
import type { SecretBox } from './secret-box.ts';

/** By this name the keys are shared, and for it they are sealed. */
export const SHARED_KEYS = 'signing-keys';

/** Texts that several servers share; see `SharedStore`. */
export type SharedTexts = {
  readShared(name: string): Promise<string | undefined>;
  writeShared(input: {
    readonly name: string;
    readonly text: string;
    readonly before: string | undefined;
  }): Promise<string>;
};

/** Keys that several servers share: sealed with their master key, in the store of all. */
export function createSharedKeyVault(texts: SharedTexts, box: SecretBox): KeyVault {
  let before: string | undefined;
  const openKeys = (sealed: string): readonly FileKey[] => {
    let text: string;
    try {
      text = box.open(SHARED_KEYS, sealed);
    } catch (error) {
      throw unusable((error as Error).message, error);
    }
    return parseKeys(text, unusable);
  };
  return {
    read: async () => {
      before = await texts.readShared(SHARED_KEYS);
      return before === undefined ? undefined : openKeys(before);
    },
    write: async (keys) => {
      const text = box.seal(SHARED_KEYS, formatKeys(keys));
      before = await texts.writeShared({ name: SHARED_KEYS, text, before });
      return before === text ? keys : openKeys(before);
    },
  };
}

function unusable(why: string, cause?: unknown): SigningKeysError {
  return new SigningKeysError(
    `The signing keys in the database cannot be used: ${why}. All replicas of one world need the same master key: give each of them ` +
      'the same POOLKEEPER_MASTER_KEY or key file.',
    cause === undefined ? {} : { cause },
  );
}
