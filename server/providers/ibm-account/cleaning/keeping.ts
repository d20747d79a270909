import type { Json } from '@poolkeeper/core';
import { ProviderRefused, ProviderTransient } from '../../contract.ts';
import type { AccountRequest } from '../../contract.ts';
import type { Cloud } from '../cloud.ts';
import { identify, loginsOf } from '../entrance.ts';
import type { Entrance, Identity } from '../entrance.ts';
import { at, textAt } from '../json.ts';
import { LoginRefused } from '../tokens.ts';
import type { Keeping } from './product.ts';

const GROUPS_PAGE = 100;
const PAGES_MAX = 50;
const SEARCH_PAGE = 1_000;

/**
 * Finds out what has to stay, before anything is deleted.
 *
 * Errors: those of `Cloud.call`. `ProviderRefused` where the holder's credential is not good and nobody says whose it was: then it is not
 * known which identity is to stay.
 */
export async function findKeeping(
  { cloud, manager, params }: Entrance,
  request: AccountRequest,
  signal: AbortSignal,
): Promise<Keeping> {
  const identities = [manager, ...(await holdersOf({ cloud, manager, params }, request, signal))];
  const ids = new Set(identities.map(({ id }) => id));
  if (params.identity !== null) ids.add(params.identity);
  const groups = new Set<string>();
  // In one resource group there are no users, groups or policies, and who manages it may not see the account's.
  if (params.resourceGroup === null) {
    for (const id of ids) for (const group of await groupsOf(cloud, id, signal)) groups.add(group);
    ids.add(await ownerOf(cloud, signal));
  }
  const tagged = new Set(await taggedWith(cloud, params.keep.tags, signal));
  const { ids: keptIds, names } = params.keep;
  return {
    keys: new Set(identities.flatMap(({ key }) => (key === null ? [] : [key.id]))),
    identities: ids,
    groups,
    tagged,
    keeps: ({ id, name, crn }) =>
      keptIds.has(id) ||
      (crn !== undefined && (keptIds.has(crn) || tagged.has(crn))) ||
      (name !== undefined && names.some((pattern) => pattern.test(name))),
  };
}

/** Whose the holder's credentials are. One that is not good any more is nobody's, where it is said whose the next one will be. */
async function holdersOf(
  { cloud, manager, params }: Entrance,
  request: AccountRequest,
  signal: AbortSignal,
): Promise<readonly Identity[]> {
  const holders: Identity[] = [];
  for (const login of loginsOf(request.credentials)) {
    if (login.part === manager.part) continue;
    try {
      holders.push(await identify(cloud, login, signal));
    } catch (error) {
      if (!(error instanceof LoginRefused)) throw error;
      if (login.part === 'current' && params.identity === null) {
        throw new ProviderRefused(
          `The holder's credential is not good any more (${error.code}), so it is not known which identity has to stay. Set a good one, or params.identity to its IAM id.`,
        );
      }
    }
  }
  return holders;
}

async function groupsOf(cloud: Cloud, identity: string, signal: AbortSignal): Promise<readonly string[]> {
  const groups: string[] = [];
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const query = {
      account_id: cloud.account,
      iam_id: identity,
      limit: String(GROUPS_PAGE),
      offset: String(groups.length),
    };
    const { body } = await cloud.call({ service: 'iam', method: 'GET', path: '/v2/groups', query }, signal);
    const found = listAt(body, 'groups').flatMap((group) => textAt(group, 'id') ?? []);
    if (found.length === 0) return groups;
    groups.push(...found);
  }
  throw tooMany('access groups of one identity');
}

async function ownerOf(cloud: Cloud, signal: AbortSignal): Promise<string> {
  const path = `/v4/accounts/${encodeURIComponent(cloud.account)}`;
  const { body } = await cloud.call({ service: 'accounts', method: 'GET', path }, signal);
  const owner = textAt(body, 'owner_iamid');
  if (owner !== undefined) return owner;
  throw new ProviderTransient('IBM Cloud does not say who owns the account, so nothing is deleted.');
}

/** Everything that bears one of the tags. It must be known before anything is deleted, so every failure is one. */
async function taggedWith(
  cloud: Cloud,
  tags: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (tags.length === 0) return [];
  const crns: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const body = {
      query: tags.map((tag) => `tags:"${tag}"`).join(' OR '),
      fields: ['crn', 'tags'],
      ...(cursor === undefined ? {} : { search_cursor: cursor }),
    };
    const query = { account_id: cloud.account, limit: String(SEARCH_PAGE) };
    const answer = await cloud.call(
      { service: 'search', method: 'POST', path: '/v3/resources/search', query, body },
      signal,
    );
    const found = listAt(answer.body, 'items').flatMap((item) => textAt(item, 'crn') ?? []);
    crns.push(...found);
    cursor = textAt(answer.body, 'search_cursor');
    if (found.length === 0 || cursor === undefined) return crns;
  }
  throw tooMany('things with a tag of the keep list');
}

function listAt(body: Json, path: string): readonly Json[] {
  const list = at(body, path);
  if (Array.isArray(list)) return list as readonly Json[];
  throw new ProviderTransient(
    `IBM Cloud answered a list without "${path}", so it is not known what has to stay, and nothing is deleted.`,
  );
}

function tooMany(what: string): ProviderTransient {
  return new ProviderTransient(`There are more than ${PAGES_MAX} pages of ${what}. Nothing is deleted.`);
}
