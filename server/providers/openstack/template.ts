import type { InputFault, Json, JsonObject } from '@poolkeeper/core';
import { escapePointer } from '../driver.ts';
import { isObject } from './settings.ts';

/** What a server is made from. Images, flavours and networks are named by their ids or their names. */
export type ServerTemplate = {
  readonly size: string;
  readonly image: string;
  readonly keyPair?: string;
  readonly securityGroups: readonly string[];
  /** Base64. */
  readonly encodedUserData?: string;
  /** Empty: the one network that the project has. `none` alone: no network at all. */
  readonly networks: readonly string[];
  readonly assignFloatingIp: boolean;
  /** Where floating addresses come from; left out where the project sees one such network. */
  readonly floatingNetwork?: string;
  readonly tags: Readonly<Record<string, string>>;
};

/** Metadata whose names begin so are the provider's own, or that of the pool. */
const OWN_MARKS = /^(poolkeeper|elastisys):/;

const MEMBERS = [
  'size',
  'image',
  'keyPair',
  'securityGroups',
  'encodedUserData',
  'networks',
  'assignFloatingIp',
  'floatingNetwork',
  'tags',
  'labels',
  'params',
];
const TEXT_LENGTH_MAX = 255;
const LIST_LENGTH_MAX = 16;
/** What Nova takes: 128 metadata items where nobody changed that, of which some are ours. */
const TAGS_MAX = 64;
const TAG_NAME = /^[A-Za-z0-9\-_:. ]{1,255}$/;
/** What Nova takes as user data. Characters of Base64. */
const USER_DATA_LENGTH_MAX = 65_535;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

type Checked = { readonly template: ServerTemplate } | { readonly faults: readonly InputFault[] };

/** Reads the template of a pool of servers, or says what is wrong about each member: pointers are relative to the template. */
export function readTemplate(input: JsonObject | null): Checked {
  const given = input ?? {};
  const faults: InputFault[] = Object.keys(given)
    .filter((name) => !MEMBERS.includes(name))
    .map((name) => fault(name, `"${name}" is not known. Allowed: ${MEMBERS.join(', ')}.`));
  for (const name of ['size', 'image']) {
    if (given[name] === undefined) faults.push(fault(name, 'The id or the name is needed.'));
  }
  const template = {
    size: '',
    image: '',
    ...readText(given, 'size', faults),
    ...readText(given, 'image', faults),
    ...readText(given, 'keyPair', faults),
    ...readText(given, 'floatingNetwork', faults),
    securityGroups: readTexts(given, 'securityGroups', faults),
    networks: readTexts(given, 'networks', faults),
    ...readUserData(given, faults),
    assignFloatingIp: readFlag(given, 'assignFloatingIp', faults),
    tags: readTags(given['tags'], faults),
  };
  if (template.networks.includes('none') && template.networks.length > 1) {
    faults.push(fault('networks', '"none" stands alone.'));
  }
  checkOfCore(given, faults);
  return faults.length > 0 ? { faults } : { template };
}

function readText<N extends string>(
  given: JsonObject,
  name: N,
  faults: InputFault[],
): Partial<Record<N, string>> {
  const value = given[name];
  if (value === undefined) return {};
  if (isName(value)) return { [name]: value } as Record<N, string>;
  faults.push(fault(name, `A text of 1 to ${TEXT_LENGTH_MAX} characters is needed.`));
  return {};
}

function readTexts(given: JsonObject, name: string, faults: InputFault[]): readonly string[] {
  const value = given[name] ?? [];
  if (Array.isArray(value) && value.length <= LIST_LENGTH_MAX && value.every(isName)) return value;
  faults.push(fault(name, `A list of at most ${LIST_LENGTH_MAX} texts is needed.`));
  return [];
}

function readUserData(given: JsonObject, faults: InputFault[]): { encodedUserData?: string } {
  const value = given['encodedUserData'];
  if (value === undefined || value === '') return {};
  if (typeof value === 'string' && value.length <= USER_DATA_LENGTH_MAX && BASE64.test(value)) {
    return { encodedUserData: value };
  }
  faults.push(fault('encodedUserData', `Base64 of at most ${USER_DATA_LENGTH_MAX} characters is needed.`));
  return {};
}

function readFlag(given: JsonObject, name: string, faults: InputFault[]): boolean {
  const value = given[name] ?? false;
  if (typeof value === 'boolean') return value;
  faults.push(fault(name, 'true or false is needed.'));
  return false;
}

function readTags(value: Json | undefined, faults: InputFault[]): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (!isObject(value) || Object.keys(value).length > TAGS_MAX) {
    faults.push(fault('tags', `An object of at most ${TAGS_MAX} texts by name is needed.`));
    return {};
  }
  for (const [name, text] of Object.entries(value)) {
    const problem = problemOfTag(name, text);
    if (problem !== null) faults.push({ pointer: `/tags/${escapePointer(name)}`, message: problem });
  }
  return value as Readonly<Record<string, string>>;
}

function problemOfTag(name: string, value: Json): string | null {
  if (OWN_MARKS.test(name)) {
    return 'What begins with "poolkeeper:" or "elastisys:" is set for each server.';
  }
  if (!TAG_NAME.test(name)) return 'A name of 1 to 255 letters, digits and "-_:. " is needed.';
  if (typeof value === 'string' && value.length <= TEXT_LENGTH_MAX) return null;
  return `A text of at most ${TEXT_LENGTH_MAX} characters is needed; put numbers in quotes.`;
}

/** `labels` and `params` stand beside what a driver knows; both are the core's. */
function checkOfCore({ labels, params }: JsonObject, faults: InputFault[]): void {
  if (params !== undefined && !isObject(params)) faults.push(fault('params', 'An object is needed.'));
  if (labels !== undefined && !isObject(labels)) {
    faults.push(fault('labels', 'An object of texts by name is needed.'));
  }
  for (const [name, text] of Object.entries(isObject(labels) ? labels : {})) {
    if (typeof text === 'string') continue;
    faults.push({ pointer: `/labels/${escapePointer(name)}`, message: 'A text is needed.' });
  }
}

function isName(value: Json): value is string {
  return typeof value === 'string' && value !== '' && value.length <= TEXT_LENGTH_MAX;
}

function fault(name: string, message: string): InputFault {
  return { pointer: `/${escapePointer(name)}`, message };
}
