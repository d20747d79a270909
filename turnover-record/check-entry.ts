import type { TurnoverRecord } from '@poolkeeper/core';
import { hashText, maybeCanonicalText } from './canonical.ts';
import type { ExportHead } from './export-file.ts';
import type { FindingKind } from './finding.ts';
import { JWS_TYPES, openJws } from './jws.ts';
import type { JwsType } from './jws.ts';
import type { KeyRing } from './key-ring.ts';
import { isObject, isRecord } from './read-export.ts';
import type { GivenHead, GivenRecord } from './read-export.ts';

/** What one signed entry comes to by itself. `value` is what the signature is about, as far as it can be read. */
export type Checked<T> = {
  readonly value: T | undefined;
  /** SHA-256 of the payload that is there; undefined where it cannot be read. */
  readonly hash: string | undefined;
  readonly kid: string | undefined;
  readonly fault: {
    readonly kind: Exclude<FindingKind, 'gap' | 'unproven'>;
    readonly message: string;
  } | null;
};

/** Checks a record by itself: its form, that all three of its parts say the same, and its signature. */
export async function checkRecord(given: GivenRecord, keys: KeyRing): Promise<Checked<TurnoverRecord>> {
  const checked = await checkSigned(given.jws, {
    typ: JWS_TYPES.record,
    keys,
    isValue: isRecord,
    said: given.record,
  });
  if (checked.fault !== null || checked.hash === given.hash) return checked;
  return { ...checked, fault: { kind: 'tampered', message: 'its hash is not that of what was signed' } };
}

/** Checks the end of a chain by itself. */
export function checkHead(given: GivenHead, keys: KeyRing): Promise<Checked<ExportHead>> {
  return checkSigned(given.jws, { typ: JWS_TYPES.head, keys, isValue: isHead, said: given.head });
}

type Signed<T> = {
  readonly typ: JwsType;
  readonly keys: KeyRing;
  readonly isValue: (value: unknown) => value is T;
  /** What stands beside the signature for people to read. */
  readonly said: object;
};

async function checkSigned<T extends object>(jws: string, input: Signed<T>): Promise<Checked<T>> {
  const open = openJws(jws, input.typ);
  if (open === undefined) {
    const fault = {
      kind: 'tampered',
      message: 'its signature is not in the form that a server writes',
    } as const;
    return { value: undefined, hash: undefined, kid: undefined, fault };
  }
  const { payload, kid } = open;
  const value = readPayload(payload, input.isValue);
  const base = { value, hash: hashText(payload), kid };
  const at = value === undefined ? null : instantOf(value);
  const state = await input.keys.check(jws, kid, at);
  const fault = faultOf(state, kid) ?? faultOfContent(value, payload, input.said);
  return { ...base, fault };
}

/** The value of a payload, where it is written in the one way that a server writes it. */
function readPayload<T extends object>(
  payload: string,
  isValue: (value: unknown) => value is T,
): T | undefined {
  try {
    const value: unknown = JSON.parse(payload);
    return isValue(value) && maybeCanonicalText(value) === payload ? value : undefined;
  } catch {
    return undefined;
  }
}

function faultOf(state: Awaited<ReturnType<KeyRing['check']>>, kid: string): Checked<never>['fault'] {
  switch (state) {
    case 'good':
      return null;
    case 'bad':
      return { kind: 'tampered', message: 'its signature does not fit what it says' };
    case 'unknownKey':
      return {
        kind: 'wrongKey',
        message: `it is signed by the key "${kid}", which is not among the keys given`,
      };
    case 'lateKey':
      return { kind: 'wrongKey', message: `it is signed by the key "${kid}" after that key was retired` };
  }
}

function faultOfContent(value: object | undefined, payload: string, said: object): Checked<never>['fault'] {
  if (value === undefined) return { kind: 'tampered', message: 'what was signed is not what a server signs' };
  if (maybeCanonicalText(said) === payload) return null;
  return { kind: 'tampered', message: 'what it says is not what was signed' };
}

/** When it was signed, as it says itself. */
function instantOf(value: object): number | null {
  const { endedAt, exportedAt } = value as { readonly endedAt?: unknown; readonly exportedAt?: unknown };
  const at = endedAt ?? exportedAt;
  return typeof at === 'number' ? at : null;
}

function isHead(value: unknown): value is ExportHead {
  if (!isObject(value)) return false;
  const { resource, count, hash, exportedAt } = value;
  const isWhole = Number.isSafeInteger(count) && (count as number) >= 0 && Number.isSafeInteger(exportedAt);
  const isHash = (count === 0 && hash === null) || (typeof hash === 'string' && count !== 0);
  return typeof resource === 'string' && isWhole && isHash;
}
