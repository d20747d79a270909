import { SERVICE_STATES } from '@poolkeeper/core';
import type { Marks, Membership } from '@poolkeeper/core';

/** Marks as the two texts that the tags of a machine hold; undefined where nothing was ever said. */
export type MarkTexts = {
  readonly membership: string | undefined;
  readonly serviceState: string | undefined;
};

/** The texts of what is said; what is left out stays as it is. */
export function writeMarks({ membership, serviceState }: Marks): MarkTexts {
  return {
    membership: membership === undefined ? undefined : JSON.stringify(membership),
    serviceState,
  };
}

/** What the texts say. People can write tags too: what is no mark says nothing, and a member of a membership that is missing is true. */
export function readMarks({ membership, serviceState }: MarkTexts): Marks {
  const read = readMembership(membership);
  const state = SERVICE_STATES.find((known) => known === serviceState);
  return {
    ...(read === undefined ? {} : { membership: read }),
    ...(state === undefined ? {} : { serviceState: state }),
  };
}

function readMembership(text: string | undefined): Membership | undefined {
  if (text === undefined) return undefined;
  try {
    const said: unknown = JSON.parse(text);
    if (typeof said !== 'object' || said === null || Array.isArray(said)) return undefined;
    const { active = true, evictable = true } = said as Record<string, unknown>;
    if (typeof active !== 'boolean' || typeof evictable !== 'boolean') return undefined;
    return { active, evictable };
  } catch {
    return undefined;
  }
}
