import type { Json } from '@poolkeeper/core';
import type { Credentials } from './configuration.ts';
import { addMissing, addMistyped, addProblem, isGiven, readList, readText, readWhole } from './reading.ts';
import type { Reading } from './reading.ts';
import { filterSeverities } from './severity-filter.ts';
import { SEVERITIES } from './severity.ts';
import type { Severity } from './severity.ts';

/** The longest that a receiver may take, ten minutes in milliseconds; 0 stands for it, as nothing is waited for without end. */
const TIMEOUT_MS_MAX = 600_000;

/** Milliseconds; 0 is the most there is. */
export function readTimeout(reading: Reading, name: string, defaultMs: number): number {
  const timeoutMs = readWhole(reading, name, { from: 0, to: TIMEOUT_MS_MAX }) ?? defaultMs;
  return timeoutMs === 0 ? TIMEOUT_MS_MAX : timeoutMs;
}

/** Which severities pass; all of them where nothing is said. */
export function readSeverities(reading: Reading): readonly Severity[] {
  const pattern = readText(reading, 'severityFilter');
  if (pattern === undefined) return SEVERITIES;
  const filtered = filterSeverities(pattern);
  if ('passing' in filtered) return filtered.passing;
  addProblem(reading, filtered.wrong);
  return [];
}

/** A user with a password. READMEs call the user `userName`: that is taken too, and echoed as it was given. */
export function readCredentials(reading: Reading): Credentials | null {
  const username = readText(reading, 'username') ?? readText(reading, 'userName');
  const password = readText(reading, 'password');
  if (username === undefined && !isGiven(reading, 'username') && !isGiven(reading, 'userName'))
    addMissing(reading, 'username');
  if (password === undefined && !isGiven(reading, 'password')) addMissing(reading, 'password');
  return username === undefined || password === undefined ? null : { username, password };
}

/** A list of texts, each checked in turn: `fault` says what is wrong with one. */
export function readTexts(
  reading: Reading,
  name: string,
  { entriesMax, fault }: { entriesMax: number; fault: (entry: string | null) => string | undefined },
): readonly string[] {
  if (!isGiven(reading, name)) addMissing(reading, name);
  const entries = readList(reading, name, entriesMax);
  if (entries === undefined) return [];
  const texts: string[] = [];
  const echoes: Json[] = [];
  for (const entry of entries) {
    if (typeof entry === 'object' && entry !== null) {
      addMistyped(reading, name, 'a list of text');
      return [];
    }
    const text = entry === null ? null : String(entry);
    echoes.push(text);
    const wrong = fault(text);
    if (wrong !== undefined) addProblem(reading, wrong);
    else if (text !== null) texts.push(text);
  }
  reading.echo[name] = echoes;
  return texts;
}
