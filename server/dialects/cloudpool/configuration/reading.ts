import type { Json, JsonObject } from '@poolkeeper/core';
import type { Problems } from './configuration-fault.ts';

/** Characters of a value that a problem repeats. */
const SHOWN_LENGTH_MAX = 100;

/**
 * One object of a configuration while it is read, member by member. What is read becomes part of the echo, as the type that it is read
 * as: a number that stands for a text is one there too. What nobody reads is not known, and not echoed.
 */
export type Reading = {
  readonly members: JsonObject;
  /** Where the object stands, as problems say it; empty for the root. */
  readonly path: string;
  readonly echo: Record<string, Json>;
  readonly problems: Problems;
};

export type WholeRange = { readonly from: number; readonly to: number };

/** Notes what is wrong; the answer stands for the value that could not be read. */
export function addProblem(
  { path, problems }: Pick<Reading, 'path' | 'problems'>,
  reason: string,
): undefined {
  problems.texts.push(path === '' ? reason : `${path}: ${reason}`);
}

/** The member is of another type than is due. The value itself is not told: it may be secret. */
export function addMistyped(reading: Reading, name: string, expected: string): undefined {
  reading.problems.hasMistyped = true;
  return addProblem(
    reading,
    `${name}: expected ${expected} and got ${typeOf(reading.members[name] ?? null)}`,
  );
}

/** A member that has to be there. */
export function addMissing(reading: Reading, name: string): void {
  addProblem(reading, `missing ${name}`);
}

/** Has the object the member? One that is null is as good as left out. */
export function isGiven({ members }: Pick<Reading, 'members'>, name: string): boolean {
  return Object.hasOwn(members, name) && members[name] !== null;
}

/** A text; numbers and booleans stand for their words. */
export function readText(reading: Reading, name: string): string | undefined {
  if (!isGiven(reading, name)) return undefined;
  const value = reading.members[name] as Json;
  if (typeof value === 'object') return addMistyped(reading, name, 'text');
  return (reading.echo[name] = String(value));
}

/** A whole number; a text of digits stands for it. */
export function readWhole(reading: Reading, name: string, { from, to }: WholeRange): number | undefined {
  if (!isGiven(reading, name)) return undefined;
  const value = reading.members[name] as Json;
  const isText = typeof value === 'string' && /^[+-]?\d+$/.test(value);
  const whole = isText ? Number(value) : value;
  if (typeof whole !== 'number' || !Number.isInteger(whole))
    return addMistyped(reading, name, 'a whole number');
  reading.echo[name] = whole;
  if (whole >= from && whole <= to) return whole;
  return addProblem(reading, `${name} must be from ${from} to ${to}`);
}

/** True or false; the words, in any case, stand for them. */
export function readFlag(reading: Reading, name: string): boolean | undefined {
  if (!isGiven(reading, name)) return undefined;
  const value = reading.members[name] as Json;
  const word = typeof value === 'string' ? value.toLowerCase() : value;
  if (word === true || word === 'true') return (reading.echo[name] = true);
  if (word === false || word === 'false') return (reading.echo[name] = false);
  return addMistyped(reading, name, 'true or false');
}

/** An object to be read in its turn; problems in it name it as `label`. */
export function readObject(reading: Reading, name: string, label: string = name): Reading | undefined {
  if (!isGiven(reading, name)) return undefined;
  const value = reading.members[name] as Json;
  if (!isObject(value)) return addMistyped(reading, name, 'an object');
  const echo: Record<string, Json> = {};
  reading.echo[name] = echo;
  return { members: value, path: pathTo(reading, label), echo, problems: reading.problems };
}

/** A list of at most so many. */
export function readList(reading: Reading, name: string, entriesMax: number): readonly Json[] | undefined {
  if (!isGiven(reading, name)) return undefined;
  const value = reading.members[name] as Json;
  if (!Array.isArray(value)) return addMistyped(reading, name, 'a list');
  const entries = value as readonly Json[];
  if (entries.length <= entriesMax) return entries;
  return addProblem(reading, `${name} may have ${entriesMax} entries`);
}

export function pathTo({ path }: Pick<Reading, 'path'>, label: string): string {
  return path === '' ? label : `${path}: ${label}`;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What was given, in a problem: not without end. */
export function shown(text: string): string {
  return text.length <= SHOWN_LENGTH_MAX ? text : `${text.slice(0, SHOWN_LENGTH_MAX)}…`;
}

export function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}
