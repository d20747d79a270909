import type { TurnoverRecord } from '@poolkeeper/core';
import { EXPORT_FORMAT } from './export-file.ts';

/** A record as a file has it; whether its parts are what they should be is found out later. */
export type GivenRecord = { readonly record: object; readonly hash: string; readonly jws: string };
export type GivenHead = { readonly head: object; readonly jws: string };
export type GivenChain = {
  readonly resource: string;
  readonly head: GivenHead | null;
  readonly records: readonly GivenRecord[];
};

const NO_EXPORT = 'It is no export of turnover records. Make one with "poolkeeper turnover export RESOURCE".';

/**
 * Reads an export file as far as its shape goes; a text says what is wrong. What is not known is refused and not passed over:
 * somebody could read it and take it for proven.
 */
export function readExportText(text: string): readonly GivenChain[] | string {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    return `It is no JSON: ${error instanceof Error ? error.message : String(error)}.`;
  }
  if (!isObject(file) || typeof file['format'] !== 'string') return NO_EXPORT;
  if (file['format'] !== EXPORT_FORMAT) {
    return `It is of format "${file['format'].slice(0, 100)}"; this release verifies "${EXPORT_FORMAT}".`;
  }
  const { chains } = file;
  if (!Array.isArray(chains) || hasOthers(file, ['format', 'chains'])) return NO_EXPORT;
  const read: GivenChain[] = [];
  for (const [index, chain] of chains.entries()) {
    const given = readChain(chain);
    if (typeof given === 'string') return `chains/${index}${given}`;
    read.push(given);
  }
  return read;
}

function readChain(chain: unknown): GivenChain | string {
  if (!isObject(chain)) return ': it is no object.';
  const { resource, head, records } = chain;
  if (typeof resource !== 'string') return '/resource: it is no text.';
  if (hasOthers(chain, ['resource', 'head', 'records'])) return ': it has members that no export has.';
  if (!Array.isArray(records)) return '/records: it is no list.';
  const read: GivenRecord[] = [];
  for (const [index, entry] of records.entries()) {
    const given = readRecordEntry(entry);
    if (given === undefined) return `/records/${index}: it is not a record with "record", "hash" and "jws".`;
    read.push(given);
  }
  if (head === undefined || head === null) return { resource, head: null, records: read };
  if (!isObject(head) || hasOthers(head, ['head', 'jws']))
    return '/head: it is not a head with "head" and "jws".';
  const { head: said, jws } = head;
  if (!isObject(said) || typeof jws !== 'string') return '/head: it is not a head with "head" and "jws".';
  return { resource, head: { head: said, jws }, records: read };
}

function readRecordEntry(entry: unknown): GivenRecord | undefined {
  if (!isObject(entry) || hasOthers(entry, ['record', 'hash', 'jws'])) return undefined;
  const { record, hash, jws } = entry;
  if (!isObject(record) || typeof hash !== 'string' || typeof jws !== 'string') return undefined;
  return { record, hash, jws };
}

/** Is it a record as far as a check has to look into it? Who signed it answers for the rest. */
export function isRecord(value: unknown): value is TurnoverRecord {
  if (!isObject(value)) return false;
  const { resource, name, number, previous, verdict, endedAt, startedAt, epoch, steps } = value;
  return (
    typeof resource === 'string' &&
    typeof name === 'string' &&
    typeof verdict === 'string' &&
    [number, endedAt, startedAt, epoch].every(Number.isSafeInteger) &&
    (number as number) > 0 &&
    (previous === null || typeof previous === 'string') &&
    Array.isArray(steps) &&
    steps.every(isObject)
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasOthers(value: object, known: readonly string[]): boolean {
  return Object.keys(value).some((name) => !known.includes(name));
}
