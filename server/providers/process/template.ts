import { parseDuration } from '@poolkeeper/core';
import type { InputFault, Json, JsonObject } from '@poolkeeper/core';
import { escapePointer } from '../driver.ts';

/** How a process shows that it serves: any answer below 500 on a path, or a connection that is taken. */
export type ReadyCheck = { readonly kind: 'http'; readonly path: string } | { readonly kind: 'tcp' };

/** What a process is made from. Durations are milliseconds. */
export type ProcessTemplate = {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Null: it counts as up as soon as it runs. */
  readonly ready: ReadyCheck | null;
  readonly readyTimeoutMs: number;
  readonly stopTimeoutMs: number;
};

export const READY_TIMEOUT_MS_DEFAULT = 30_000;
export const STOP_TIMEOUT_MS_DEFAULT = 10_000;

const TIMEOUT_MS_MAX = 3_600_000;
const COMMAND_LENGTH_MAX = 256;
const ENVIRONMENT_SIZE_MAX = 256;
/** Linux takes at most 128 KiB for one argument or environment entry. */
const TEXT_LENGTH_MAX = 32_768;
const PATH_LENGTH_MAX = 2_048;
const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
/** Set by the provider itself; a template that set one would break what others rely on. */
const GIVEN = ['PORT', 'HOST'];
const MEMBERS = ['command', 'env', 'ready', 'readyTimeout', 'stopTimeout', 'labels', 'params'];

type Checked = { readonly template: ProcessTemplate } | { readonly faults: readonly InputFault[] };

/**
 * Reads the template of a pool of processes, or says what is wrong about each member.
 *
 * `{command: [program, …], env?: {NAME: text}, ready?: {http: "/path"} | {tcp: true}, readyTimeout?, stopTimeout?}`;
 * `labels` and `params` beside them are the core's.
 */
export function readTemplate(input: JsonObject | null): Checked {
  if (input === null) return { faults: [fault('', 'A template with a command is needed.')] };
  const faults: InputFault[] = [];
  for (const name of Object.keys(input)) {
    if (!MEMBERS.includes(name)) {
      faults.push(
        fault(`/${escapePointer(name)}`, `"${name}" is not known. Allowed: ${MEMBERS.join(', ')}.`),
      );
    }
  }
  const template = {
    command: readCommand(input['command'], faults),
    env: readEnvironment(input['env'], faults),
    ready: readReady(input['ready'], faults),
    readyTimeoutMs: readTimeout(input, 'readyTimeout', faults) ?? READY_TIMEOUT_MS_DEFAULT,
    stopTimeoutMs: readTimeout(input, 'stopTimeout', faults) ?? STOP_TIMEOUT_MS_DEFAULT,
  };
  checkTraits(input, faults);
  return faults.length > 0 ? { faults } : { template };
}

function readCommand(value: Json | undefined, faults: InputFault[]): string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > COMMAND_LENGTH_MAX) {
    const shape = `A list of 1 to ${COMMAND_LENGTH_MAX} texts is needed: the program, then its arguments.`;
    faults.push(fault('/command', shape));
    return [];
  }
  value.forEach((part: Json, index) => {
    if (isText(part) && part !== '') return;
    faults.push(
      fault(`/command/${index}`, `A text of 1 to ${TEXT_LENGTH_MAX} characters without NUL is needed.`),
    );
  });
  return value as string[];
}

function readEnvironment(value: Json | undefined, faults: InputFault[]): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value) || Object.keys(value).length > ENVIRONMENT_SIZE_MAX) {
    faults.push(fault('/env', `An object of at most ${ENVIRONMENT_SIZE_MAX} texts by name is needed.`));
    return {};
  }
  for (const [name, text] of Object.entries(value)) {
    const problem = problemOfVariable(name, text);
    if (problem !== null) faults.push(fault(`/env/${escapePointer(name)}`, problem));
  }
  return value as Record<string, string>;
}

function problemOfVariable(name: string, value: Json): string | null {
  if (!ENVIRONMENT_NAME.test(name)) {
    return 'A variable is named with letters, digits and "_", and does not begin with a digit.';
  }
  if (GIVEN.includes(name) || name.startsWith('POOLKEEPER_')) {
    return `${name} is set for each process. Take another name.`;
  }
  return isText(value)
    ? null
    : `A text of at most ${TEXT_LENGTH_MAX} characters without NUL is needed; put numbers in quotes.`;
}

function readReady(value: Json | undefined, faults: InputFault[]): ReadyCheck | null {
  if (value === undefined) return null;
  const members = isObject(value) ? Object.keys(value) : [];
  if (isObject(value) && members.length === 1) {
    if (value['tcp'] === true) return { kind: 'tcp' };
    const path = value['http'];
    if (isPath(path)) return { kind: 'http', path };
    if (path !== undefined) {
      faults.push(
        fault('/ready/http', 'A path such as "/" or "/healthz" is needed, in characters of a URL.'),
      );
      return null;
    }
  }
  faults.push(fault('/ready', 'Either {"http": "/path"} or {"tcp": true} is needed.'));
  return null;
}

function readTimeout(input: JsonObject, member: string, faults: InputFault[]): number | undefined {
  const value = input[member];
  if (value === undefined) return undefined;
  const timeoutMs = typeof value === 'string' ? parseDuration(value) : undefined;
  if (timeoutMs === undefined || timeoutMs > TIMEOUT_MS_MAX) {
    faults.push(fault(`/${member}`, 'A duration of at most 1h is needed, such as "30s" or "2m".'));
  }
  return timeoutMs;
}

function checkTraits(input: JsonObject, faults: InputFault[]): void {
  const { labels, params } = input;
  if (params !== undefined && !isObject(params)) faults.push(fault('/params', 'An object is needed.'));
  if (labels === undefined) return;
  if (!isObject(labels) || Object.values(labels).some((label) => typeof label !== 'string')) {
    faults.push(fault('/labels', 'An object of texts by name is needed.'));
  }
}

function fault(pointer: string, message: string): InputFault {
  return { pointer, message };
}

function isText(value: Json): value is string {
  return typeof value === 'string' && value.length <= TEXT_LENGTH_MAX && !value.includes('\0');
}

function isPath(value: Json | undefined): value is string {
  return typeof value === 'string' && value.length <= PATH_LENGTH_MAX && /^\/[!-~]*$/.test(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
