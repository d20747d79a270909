import type { Json, JsonObject } from '@poolkeeper/core';
import { ERROR_LENGTH_MAX } from './failure.ts';
import { maskText } from './secret-mask.ts';

/** What a step may show for its outcome: it becomes part of the record. Bytes of JSON. */
const EVIDENCE_BYTES_MAX = 4_096;

/** Evidence without secrets, names of members too; null where there is none, or it is too large. */
export function maskEvidence(needles: readonly Buffer[], evidence: JsonObject | null): JsonObject | null {
  if (evidence === null) return null;
  if (Buffer.byteLength(JSON.stringify(evidence)) > EVIDENCE_BYTES_MAX) return null;
  return needles.length === 0 ? evidence : (maskJson(needles, evidence) as JsonObject);
}

/** An error for people: free of secrets, in one piece that fits into a job. */
export function maskError(needles: readonly Buffer[], error: unknown): string {
  const text = error instanceof Error && error.message !== '' ? error.message : String(error);
  const masked = maskText(needles, text);
  return masked.length <= ERROR_LENGTH_MAX ? masked : `${masked.slice(0, ERROR_LENGTH_MAX - 1)}…`;
}

function maskJson(needles: readonly Buffer[], value: Json): Json {
  if (typeof value === 'string') return maskText(needles, value);
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
