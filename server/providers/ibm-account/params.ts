import type { Json, JsonObject } from '@poolkeeper/core';
import { ProviderRefused } from '../contract.ts';
import { isObject } from './json.ts';
import { ACCOUNT, REGION, textsOf } from './settings.ts';

/** What is said of an account. */
export type AccountParams = {
  /** Its number. */
  readonly account: string;
  readonly regions: readonly string[];
  /** Only what is in this resource group is looked at: the rest of the account belongs to somebody else. */
  readonly resourceGroup: string | null;
  /** Whose keys its holders get: an IAM id. Null: whose the current key is. */
  readonly identity: string | null;
  readonly keep: KeepList;
};

/** What stays, whoever made it. */
export type KeepList = {
  readonly ids: ReadonlySet<string>;
  readonly names: readonly RegExp[];
  readonly tags: readonly string[];
};

const KEEP_MAX = 1_000;
const TEXT_LENGTH_MAX = 512;
/** A tag goes into a search expression, in quotation marks. */
const TAG = /^[A-Za-z0-9 _.:-]{1,128}$/;

/**
 * Reads what is said of an account: `account_id`, `regions`, `resource_group`, `identity` and `keep`. What else is said is somebody
 * else's.
 *
 * Errors: `ProviderRefused` with everything that is wrong, by member.
 */
export function readParams(params: JsonObject, regions: readonly string[]): AccountParams {
  const faults: string[] = [];
  const account = params['account_id'];
  if (typeof account !== 'string' || !ACCOUNT.test(account)) {
    faults.push('params.account_id: the number of the account is needed, so that no other is ever cleaned.');
  }
  const ownRegions = params['regions'] === undefined ? regions : textsOf(params['regions']);
  if (ownRegions === undefined || ownRegions.length === 0 || !ownRegions.every((name) => REGION.test(name))) {
    faults.push('params.regions: a list of regions is needed, such as ["us-south"].');
  }
  const read: AccountParams = {
    account: typeof account === 'string' ? account : '',
    regions: ownRegions ?? [],
    resourceGroup: textOf(params, 'resource_group', faults),
    identity: textOf(params, 'identity', faults),
    keep: readKeep(params['keep'], faults),
  };
  if (faults.length === 0) return read;
  throw new ProviderRefused(`What is said of the account is wrong. ${faults.join(' ')}`);
}

function textOf(params: JsonObject, name: string, faults: string[]): string | null {
  const value = params[name] ?? null;
  if (value === null) return null;
  if (typeof value === 'string' && value !== '' && value.length <= TEXT_LENGTH_MAX) return value;
  faults.push(`params.${name}: a text of 1 to ${TEXT_LENGTH_MAX} characters is needed.`);
  return null;
}

/** A wrong list must not be passed over: what it was to keep would be deleted. */
function readKeep(given: Json | undefined, faults: string[]): KeepList {
  const keep = given ?? {};
  if (!isObject(keep)) {
    faults.push('params.keep: an object with ids, names and tags is needed.');
    return { ids: new Set(), names: [], tags: [] };
  }
  const unknown = Object.keys(keep).filter((name) => !['ids', 'names', 'tags'].includes(name));
  for (const name of unknown) faults.push(`params.keep.${name}: it is not known. Allowed: ids, names, tags.`);
  const list = (name: string): readonly string[] => {
    const texts = textsOf(keep[name] ?? []);
    const isGood = texts?.every((text) => text !== '' && text.length <= TEXT_LENGTH_MAX) === true;
    if (texts !== undefined && isGood && texts.length <= KEEP_MAX) return texts;
    faults.push(`params.keep.${name}: a list of at most ${KEEP_MAX} texts is needed.`);
    return [];
  };
  const tags = list('tags');
  if (!tags.every((tag) => TAG.test(tag))) {
    faults.push('params.keep.tags: tags are letters, digits, spaces and "_", "-", ".", ":".');
  }
  return { ids: new Set(list('ids')), names: list('names').map(patternOf), tags };
}

/** `*` stands for any text. */
function patternOf(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}
