import { SERVICE_STATES } from '@poolkeeper/core';
import type { Marks, Membership } from '@poolkeeper/core';

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
export function tagsOfMarks({ membership, serviceState }: Marks): Tags {
  return {
    ...(membership === undefined ? {} : { [MEMBERSHIP_TAG]: JSON.stringify(membership) }),
    ...(serviceState === undefined ? {} : { [SERVICE_STATE_TAG]: serviceState }),
  };
}

/** What tags say. A text that is no membership, or no service state, says nothing: others write tags too. */
export function marksOfTags(tags: Tags): Marks {
  const membership = readMembership(tags[MEMBERSHIP_TAG]);
  const serviceState = SERVICE_STATES.find((state) => state === tags[SERVICE_STATE_TAG]);
  return {
    ...(membership === undefined ? {} : { membership }),
    ...(serviceState === undefined ? {} : { serviceState }),
  };
}

function readMembership(text: string | undefined): Membership | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as { active?: unknown; evictable?: unknown } | null;
    const { active = true, evictable = true } = value ?? { active: null };
    return typeof active === 'boolean' && typeof evictable === 'boolean' ? { active, evictable } : undefined;
  } catch {
    return undefined;
  }
}
