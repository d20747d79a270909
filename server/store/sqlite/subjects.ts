import type { EndedLease, WorldEvent } from '@poolkeeper/core';

/** How many events in a row share a bucket of the subject index. Written into the index: a change needs a migration. */
const BUCKET_EVENTS = 4096;

export function bucketOf(seq: number): number {
  return Math.floor(seq / BUCKET_EVENTS);
}

export type EventSubjects = Partial<Pick<WorldEvent, 'lease' | 'resource' | 'holder' | 'pool'>>;

/** The names under which an event is found, the one with the fewest events first. */
export function subjectsOfEvent({ lease, resource, holder, pool }: EventSubjects): string[] {
  const subjects: string[] = [];
  if (lease) subjects.push(`lease/${lease}`);
  if (resource) subjects.push(`resource/${resource}`);
  if (holder) subjects.push(`holder/${holder}`);
  if (pool) subjects.push(`pool/${pool}`);
  return subjects;
}

/** The names under which a lease that is over is found. */
export function subjectsOfEndedLease({ holder, items }: Pick<EndedLease, 'holder' | 'items'>): string[] {
  return [`holder/${holder}`, ...new Set(items.map(({ pool }) => `pool/${pool}`))];
}
