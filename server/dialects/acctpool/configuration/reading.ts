import type { InputFault, Json, JsonObject } from '@poolkeeper/core';

/** Bytes of a file that holds one secret. */
export const SECRET_LENGTH_MAX = 4_096;

/** Reads the file that a member names. Errors: one whose message says why not. */
export type ReadSecretFile = (path: string) => string;

/** One object of the file while it is read, member by member: what is wrong is gathered, and what nobody reads is ignored. */
export type Reading = {
  readonly members: JsonObject;
  /** RFC 6901, to the object. */
  readonly pointer: string;
  readonly faults: InputFault[];
};

export type WholeRange = { readonly from: number; readonly to: number };

/** Notes what is wrong with a member; the answer stands for the value that could not be read. */
export function addFault({ pointer, faults }: Reading, name: string, message: string): undefined {
  faults.push({ pointer: name === '' ? pointer : `${pointer}/${name}`, message });
}

/** Has the object the member? One that is null is as good as left out. */
export function isGiven({ members }: Pick<Reading, 'members'>, name: string): boolean {
  return Object.hasOwn(members, name) && members[name] !== null;
}

/**
 * A line of text that is not empty. A whole number stands for its digits, as it did for the original; the value itself is never
 * told, for it may be secret.
 */
export function readText(reading: Reading, name: string): string | undefined {
  if (!isGiven(reading, name)) return undefined;
  const value = reading.members[name];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if (typeof value !== 'string') return addFault(reading, name, 'has to be text; put it into quotes');
  if (value === '') return addFault(reading, name, 'is empty; leave it out, or say something');
  // oxlint-disable-next-line no-control-regex -- control characters forge logs and headers
  if (/[\u0000-\u001f\u007f]/.test(value))
    return addFault(reading, name, 'has control characters, such as a line break');
  if (value.length <= SECRET_LENGTH_MAX) return value;
  return addFault(reading, name, `has more than ${SECRET_LENGTH_MAX} characters`);
}

/** A secret: as it stands, or from the file that the member `<name>_file` names, without the line break at its end. */
export function readSecret(reading: Reading, name: string, readFile: ReadSecretFile): string | undefined {
  const byFile = `${name}_file`;
  if (!isGiven(reading, byFile)) return readText(reading, name);
  if (isGiven(reading, name))
    return addFault(reading, byFile, `stands beside ${name}; leave one of the two out`);
  const path = readText(reading, byFile);
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = readFile(path).replace(/\r?\n$/, '');
  } catch (error) {
    return addFault(reading, byFile, `cannot be read: ${(error as Error).message}`);
  }
  const found: Reading = { ...reading, members: { [byFile]: text } };
  return readText(found, byFile);
}

export function readWhole(reading: Reading, name: string, { from, to }: WholeRange): number | undefined {
  if (!isGiven(reading, name)) return undefined;
  const value = reading.members[name];
  if (typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to) return value;
  return addFault(reading, name, `has to be a whole number from ${from} to ${to}`);
}

/** Minutes, of which parts may be said too. */
export function readMinutes(reading: Reading, name: string, { from, to }: WholeRange): number | undefined {
  if (!isGiven(reading, name)) return undefined;
  const value = reading.members[name];
  if (typeof value === 'number' && value >= from && value <= to) return value;
  return addFault(reading, name, `has to be a number of minutes from ${from} to ${to}`);
}

export function readFlag(reading: Reading, name: string): boolean | undefined {
  if (!isGiven(reading, name)) return undefined;
  const value = reading.members[name];
  return typeof value === 'boolean' ? value : addFault(reading, name, 'has to be true or false');
}

/** A list of texts, such as names of types. */
export function readTexts(reading: Reading, name: string, entriesMax: number): readonly string[] | undefined {
  const entries = readList(reading, name, entriesMax);
  if (entries === undefined) return undefined;
  const texts = entries.filter((entry) => typeof entry === 'string' && entry !== '');
  if (texts.length === entries.length) return texts as string[];
  return addFault(reading, name, 'has to be a list of texts');
}

export function readList(reading: Reading, name: string, entriesMax: number): readonly Json[] | undefined {
  if (!isGiven(reading, name)) return undefined;
  const value = reading.members[name];
  if (!Array.isArray(value)) return addFault(reading, name, 'has to be a list');
  const entries = value as readonly Json[];
  if (entries.length <= entriesMax) return entries;
  return addFault(reading, name, `has ${entries.length} entries; ${entriesMax} is the most`);
}

/** A map, to be read in its turn. */
export function readMap(reading: Reading, name: string): Reading | undefined {
  if (!isGiven(reading, name)) return undefined;
  const value = reading.members[name] as Json;
  if (!isObject(value)) return addFault(reading, name, 'has to be a map, such as "name: value"');
  return { members: value, pointer: `${reading.pointer}/${name}`, faults: reading.faults };
}

/** Each entry of a list of maps, to be read in its turn. */
export function readMaps(reading: Reading, name: string, entriesMax: number): readonly Reading[] {
  const entries = readList(reading, name, entriesMax) ?? [];
  return entries.flatMap((value, index) => {
    const pointer = `${reading.pointer}/${name}/${index}`;
    if (isObject(value)) return [{ members: value, pointer, faults: reading.faults }];
    reading.faults.push({ pointer, message: 'has to be a map, such as "name: value"' });
    return [];
  });
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
