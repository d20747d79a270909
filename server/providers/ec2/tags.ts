import type { Marks } from '@poolkeeper/core';
import { readMarks, writeMarks } from '../marks.ts';

export type Tags = Readonly<Record<string, string>>;

/** Which pool a machine is a member of; what clients have said about it. The names are those of the cloudpool API. */
export const POOL_MARK = 'elastisys:cloudPool';
const MEMBERSHIP_TAG = 'elastisys:membershipStatus';
const SERVICE_STATE_TAG = 'elastisys:serviceState';
/** Ours: of which resource it is, and of which pool of this server. */
export const RESOURCE_TAG = 'poolkeeper:resource';
export const POOL_TAG = 'poolkeeper:pool';
/** What AWS's own console shows. */
export const NAME_TAG = 'Name';

/** What a machine loses that is let go; its name and the tags of its template stay. */
export const MEMBER_TAGS: readonly string[] = [
  POOL_MARK,
  RESOURCE_TAG,
  POOL_TAG,
  MEMBERSHIP_TAG,
  SERVICE_STATE_TAG,
];

/** Is it one that no template may set? `Name` is not: a template's goes before ours. */
export function isOwnTag(name: string): boolean {
  return name.startsWith('elastisys:') || name.startsWith('poolkeeper:');
}

/** Marks as tags; what was never said is left out. */
export function tagsOfMarks(marks: Marks): Tags {
  const { membership, serviceState } = writeMarks(marks);
  return {
    ...(membership === undefined ? {} : { [MEMBERSHIP_TAG]: membership }),
    ...(serviceState === undefined ? {} : { [SERVICE_STATE_TAG]: serviceState }),
  };
}

export function marksOfTags(tags: Tags): Marks {
  return readMarks({ membership: tags[MEMBERSHIP_TAG], serviceState: tags[SERVICE_STATE_TAG] });
}
