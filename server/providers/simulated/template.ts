import { parseDuration } from '@poolkeeper/core';
import type { InputFault, Json, JsonObject } from '@poolkeeper/core';
import { escapePointer } from '../driver.ts';
import { isObject } from './is-object.ts';

/** What a member is made from. Durations are milliseconds. */
export type SimulatedTemplate = {
  readonly size?: string;
  readonly region?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly bootTimeMs?: number;
  readonly answerAfterMs?: number;
};

/** Tags whose names begin so are the provider's own. */
export const OWN_TAGS = 'poolkeeper-';

const MEMBERS = ['size', 'region', 'tags', 'bootTime', 'answerAfter', 'labels', 'params'];
/** What the cloud takes; see `server/cloud-simulator/machine.ts`. Some room for tags is the provider's. */
const TEXT_LENGTH_MAX = 256;
const TAGS_MAX = 16;
const TAG_NAME_LENGTH_MAX = 128;
const TAG_VALUE_LENGTH_MAX = 256;
const DURATION_MS_MAX = 10 * 60_000;

type Checked = { readonly template: SimulatedTemplate } | { readonly faults: readonly InputFault[] };

/**
 * Reads the template of a pool of simulated machines, or says what is wrong about each member.
 *
 * `{size?, region?, tags?: {name: text}, bootTime?, answerAfter?}`: `bootTime` is how long a machine is PENDING, `answerAfter` how
 * late the cloud answers its creation; `labels` and `params` beside them are the core's.
 */
export function readTemplate(input: JsonObject | null): Checked {
  const { size, region, tags, bootTime, answerAfter, labels, params } = input ?? {};
  const faults: InputFault[] = Object.keys(input ?? {})
    .filter((name) => !MEMBERS.includes(name))
    .map((name) =>
      fault(`/${escapePointer(name)}`, `"${name}" is not known. Allowed: ${MEMBERS.join(', ')}.`),
    );
  const template = {
    ...readText('size', size, faults),
    ...readText('region', region, faults),
    tags: readTags(tags, faults),
    ...readTime('bootTime', bootTime, faults),
    ...readTime('answerAfter', answerAfter, faults),
  };
  if (params !== undefined && !isObject(params)) faults.push(fault('/params', 'An object is needed.'));
  if (labels !== undefined && !isObject(labels)) {
    faults.push(fault('/labels', 'An object of texts by name is needed.'));
  }
  for (const [name, text] of Object.entries(isObject(labels) ? labels : {})) {
    if (typeof text !== 'string') faults.push(fault(`/labels/${escapePointer(name)}`, 'A text is needed.'));
  }
  return faults.length > 0 ? { faults } : { template };
}

function readText(name: 'size' | 'region', value: Json | undefined, faults: InputFault[]) {
  if (value === undefined) return {};
  if (typeof value === 'string' && value !== '' && value.length <= TEXT_LENGTH_MAX) return { [name]: value };
  faults.push(fault(`/${name}`, `A text of 1 to ${TEXT_LENGTH_MAX} characters is needed.`));
  return {};
}

function readTime(name: 'bootTime' | 'answerAfter', value: Json | undefined, faults: InputFault[]) {
  if (value === undefined) return {};
  const time = typeof value === 'string' ? parseDuration(value) : undefined;
  if (time !== undefined && time <= DURATION_MS_MAX) return { [`${name}Ms`]: time };
  faults.push(fault(`/${name}`, 'A duration of at most 10m is needed, such as "5s".'));
  return {};
}

function readTags(value: Json | undefined, faults: InputFault[]): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (!isObject(value) || Object.keys(value).length > TAGS_MAX) {
    faults.push(fault('/tags', `An object of at most ${TAGS_MAX} texts by name is needed.`));
    return {};
  }
  for (const [name, text] of Object.entries(value)) {
    const problem = problemOfTag(name, text);
    if (problem !== null) faults.push(fault(`/tags/${escapePointer(name)}`, problem));
  }
  return value as Readonly<Record<string, string>>;
}

function problemOfTag(name: string, value: Json): string | null {
  if (name.startsWith(OWN_TAGS)) return `Tags that begin with "${OWN_TAGS}" are set for each machine.`;
  if (name === '' || name.length > TAG_NAME_LENGTH_MAX || name.includes('=')) {
    return `A tag is named with 1 to ${TAG_NAME_LENGTH_MAX} characters, without "=".`;
  }
  if (typeof value === 'string' && value.length <= TAG_VALUE_LENGTH_MAX) return null;
  return `A text of at most ${TAG_VALUE_LENGTH_MAX} characters is needed; put numbers in quotes.`;
}

function fault(pointer: string, message: string): InputFault {
  return { pointer, message };
}
