import { hash } from 'node:crypto';

export const KEY_BYTES = 32;
/** Hex digits of a key's id: enough to tell keys apart, and nothing that helps to guess one. */
const KEY_ID_LENGTH = 12;
/** Keys of one kind that are read; more is a mistake. */
export const KEYS_MAX = 16;

/** A key that seals secrets. `id` may be shown, `bytes` never. */
export type MasterKey = { readonly id: string; readonly bytes: Uint8Array };

export function masterKeyOf(bytes: Uint8Array): MasterKey {
  const id = hash('sha256', Buffer.concat([Buffer.from('poolkeeper master key\n'), bytes]), 'hex');
  return { id: id.slice(0, KEY_ID_LENGTH), bytes };
}

/** A key as text: 32 bytes in hex, base64 or base64url. Undefined for anything else. */
export function parseMasterKey(text: string): MasterKey | undefined {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return masterKeyOf(Buffer.from(trimmed, 'hex'));
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return undefined;
  const bytes = Buffer.from(trimmed, 'base64');
  return bytes.length === KEY_BYTES ? masterKeyOf(bytes) : undefined;
}

/** Several keys, with commas, spaces or lines between them; lines that begin with # are left out. Undefined where one is none. */
export function parseMasterKeys(text: string): readonly MasterKey[] | undefined {
  const words = text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.split(/[\s,]+/))
    .filter((word) => word !== '');
  const keys = words.map(parseMasterKey);
  const isGood = keys.every((key) => key !== undefined) && keys.length > 0 && keys.length <= KEYS_MAX;
  return isGood ? (keys as readonly MasterKey[]) : undefined;
}

/** As it stands in a file. */
export function formatMasterKey({ bytes }: MasterKey): string {
  return Buffer.from(bytes).toString('base64');
}
