import type { Marks } from '@poolkeeper/core';
import { readMarks, writeMarks } from '../marks.ts';
import { OWN_TAGS } from './template.ts';

export type Tags = Readonly<Record<string, string>>;

/** Machines bear these from their making on: whose they are, what for, and two for people. */
const WORLD_TAG = `${OWN_TAGS}world`;
export const RESOURCE_TAG = `${OWN_TAGS}resource`;
export const POOL_TAG = `${OWN_TAGS}pool`;
const NAME_TAG = `${OWN_TAGS}name`;
/** In place of the world's: the name of a cloud pool, so that whoever keeps that pool next finds its machines. */
const CLOUD_POOL_TAG = `${OWN_TAGS}cloud-pool`;
/** What clients have said. */
const MEMBERSHIP_TAG = `${OWN_TAGS}membership`;
const SERVICE_STATE_TAG = `${OWN_TAGS}service-state`;

/** Which machines are a provider's: the one tag that all of them bear. */
export type Mark = { readonly tag: string; readonly text: string };

export function markOf(input: { readonly world: string; readonly cloudPool: string | null }): Mark {
  const { world, cloudPool } = input;
  return cloudPool === null ? { tag: WORLD_TAG, text: world } : { tag: CLOUD_POOL_TAG, text: cloudPool };
}

/** The tags of a machine that is made for, or taken in as, a resource. */
export function tagsOf(
  { tag, text }: Mark,
  { id, pool, name }: { readonly id: string; readonly pool: string; readonly name: string },
): Tags {
  return { [tag]: text, [RESOURCE_TAG]: id, [POOL_TAG]: pool, [NAME_TAG]: name };
}

/** A change that takes every tag of ours off a machine. */
export function withoutOwn(tags: Tags): Readonly<Record<string, null>> {
  const own = Object.keys(tags).filter((name) => name.startsWith(OWN_TAGS));
  return Object.fromEntries(own.map((name) => [name, null]));
}

/** Tags that are not ours. */
export function foreignTags(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([name]) => !name.startsWith(OWN_TAGS)));
}

export function marksIn(tags: Tags): Marks {
  return readMarks({ membership: tags[MEMBERSHIP_TAG], serviceState: tags[SERVICE_STATE_TAG] });
}

/** The tags that keep marks. */
export function tagsOfMarks(marks: Marks): Tags {
  const { membership, serviceState } = writeMarks(marks);
  return {
    ...(membership === undefined ? {} : { [MEMBERSHIP_TAG]: membership }),
    ...(serviceState === undefined ? {} : { [SERVICE_STATE_TAG]: serviceState }),
  };
}
