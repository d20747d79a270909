import { createHash } from 'node:crypto';
import type { JsonObject } from '@poolkeeper/core';
import type { CreateRequest } from '../contract.ts';
import type { Lookups } from './lookups.ts';
import { MARKS, POOL_MARK, RESOURCE_MARK } from './server-view.ts';
import type { ServerTemplate } from './template.ts';

/** What all servers of a provider bear in their metadata as `elastisys:cloudPool`, and no others. */
export type Mark = {
  readonly value: string;
  /** Is it the name of a pool, which others set and read as well? Else it is made for one data directory. */
  readonly isShared: boolean;
};

/** Nova takes 255 characters, and makes a host name of them. */
const POOL_LENGTH_MAX = 48;
const SUFFIX_LENGTH_MAX = 64;
/** The description of a floating address holds it, and the resource beside it. */
const TEXT_LENGTH_MAX = 100;

/** Is a server marked as ours, as another's, or not at all? */
export function ownerOf(metadata: Readonly<Record<string, string>>, mark: Mark): 'us' | 'nobody' | 'another' {
  const value = metadata[MARKS.cloudPool];
  if (value === undefined) return 'nobody';
  return value === mark.value ? 'us' : 'another';
}

/** The mark as a part of a text, without spaces: one never begins with another and a space. */
function textOfMark({ value }: Mark): string {
  const text = encodeURIComponent(value);
  return text.length <= TEXT_LENGTH_MAX ? text : createHash('sha256').update(value).digest('hex');
}

/** What descriptions of floating addresses begin with. */
export function descriptionOfMark(mark: Mark): string {
  return `poolkeeper ${textOfMark(mark)}`;
}

/** The name of the server of a resource: the pool's, and what is the resource's alone. Letters, digits and "-". */
export function nameOfServer(
  { id, pool }: { readonly id: string; readonly pool: string },
  mark: Mark,
): string {
  const prefix = plain(mark.isShared ? mark.value : pool).slice(0, POOL_LENGTH_MAX);
  const suffix = plain(id.replace(/^res_/, '')).slice(0, SUFFIX_LENGTH_MAX);
  return `${prefix === '' ? 'pool' : prefix}-${suffix}`;
}

/**
 * What Nova is asked for: everything by its id, and all marks with the creation.
 *
 * Errors: those of `Lookups`.
 */
export async function bootBody(
  {
    resource,
    template,
    mark,
    lookups,
  }: {
    readonly resource: CreateRequest['resource'];
    readonly template: ServerTemplate;
    readonly mark: Mark;
    readonly lookups: Lookups;
  },
  signal: AbortSignal,
): Promise<JsonObject> {
  const [imageRef, flavorRef, networks] = await Promise.all([
    lookups.image(template.image, signal),
    lookups.flavour(template.size, signal),
    networksOf(template, lookups, signal),
  ]);
  const { keyPair, securityGroups, encodedUserData } = template;
  return {
    name: nameOfServer(resource, mark),
    imageRef,
    flavorRef,
    networks,
    metadata: {
      ...template.tags,
      [MARKS.cloudPool]: mark.value,
      [RESOURCE_MARK]: resource.id,
      [POOL_MARK]: resource.pool,
    },
    ...(keyPair === undefined ? {} : { key_name: keyPair }),
    ...(encodedUserData === undefined ? {} : { user_data: encodedUserData }),
    ...(securityGroups.length === 0 ? {} : { security_groups: securityGroups.map((name) => ({ name })) }),
  };
}

async function networksOf(
  { networks }: ServerTemplate,
  lookups: Lookups,
  signal: AbortSignal,
): Promise<string | JsonObject[]> {
  // Nova takes the one network of the project, and refuses when there are several.
  if (networks.length === 0) return 'auto';
  if (networks[0] === 'none') return 'none';
  return Promise.all(networks.map(async (given) => ({ uuid: await lookups.network(given, signal) })));
}

function plain(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '');
}
