import type { Json, JsonObject } from '@poolkeeper/core';
import { ERROR_LENGTH_MAX } from './failure.ts';
import { maskFragments, maskText } from './secret-mask.ts';

/** What a step may show for its outcome: it becomes part of the record. Bytes of JSON. */
const EVIDENCE_BYTES_MAX = 4_096;

/** Evidence without secrets, names of members too; null where there is none, or it is too large. */
export function maskEvidence(needles: readonly Buffer[], evidence: JsonObject | null): JsonObject | null {
  if (evidence === null) return null;
  const text = JSON.stringify(evidence);
  if (Buffer.byteLength(text) > EVIDENCE_BYTES_MAX) return null;
  // Written and read again: a number beyond all bounds (1e999) is none in JSON, and no record could be made of it.
  const plain = JSON.parse(text) as JsonObject;
  return needles.length === 0 ? plain : (maskJson(needles, plain) as JsonObject);
}

/** An error for people: free of secrets, in one piece that fits into a job. */
export function maskError(needles: readonly Buffer[], error: unknown): string {
  const text = error instanceof Error && error.message !== '' ? error.message : String(error);
  const masked = maskShort(needles, text);
  return masked.length <= ERROR_LENGTH_MAX ? masked : `${masked.slice(0, ERROR_LENGTH_MAX - 1)}…`;
}

/** Of an error or of evidence: whoever wrote it may have cut it, in the middle of a secret. */
function maskShort(needles: readonly Buffer[], text: string): string {
  return maskFragments(needles, maskText(needles, text));
}

function maskJson(needles: readonly Buffer[], value: Json): Json {
  if (typeof value === 'string') return maskShort(needles, value);
  if (Array.isArray(value)) return value.map((item: Json) => maskJson(needles, item));
  if (typeof value !== 'object' || value === null) {
    const text = String(value);
    const masked = maskText(needles, text);
    return masked === text ? value : masked;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [maskText(needles, name), maskJson(needles, member)]),
  );
}
