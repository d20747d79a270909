import type { KeyObject } from 'node:crypto';
import type { DecisionContext, SealedRecord, TurnoverRecord } from '@poolkeeper/core';
import { canonicalText, hashText, wellFormed } from './canonical.ts';
import type { ExportHead, SealedHead } from './export-file.ts';
import { JWS_TYPES, signJws } from './jws.ts';

/** A key that signs, with its name: the thumbprint of its public half. */
export type SigningKey = { readonly kid: string; readonly privateKey: KeyObject };

/**
 * Hashes and signs a record, at once.
 *
 * Shape: `jws` holds the record as canonical JSON, `hash` is the SHA-256 of that text in hex; the same for the same record and key.
 * Source: T17 in docs/spec/turnover-record.md.
 */
export function sealRecord(record: TurnoverRecord, key: SigningKey): Pick<SealedRecord, 'hash' | 'jws'> {
  const payload = canonicalText(wellFormed(record));
  return { hash: hashText(payload), jws: signJws(payload, JWS_TYPES.record, key) };
}

/** What decisions seal with: the key that signs at that moment. */
export function createSealer(currentKey: () => SigningKey): DecisionContext['sealRecord'] {
  return (record) => sealRecord(record, currentKey());
}

/** Signs where a chain ends, so that a record that is missing at the end is missed. */
export function sealHead(head: ExportHead, key: SigningKey): SealedHead {
  return { head, jws: signJws(canonicalText(head), JWS_TYPES.head, key) };
}
