import type { EndedLease, Run, WorldEvent } from '@poolkeeper/core';

/** How many rows of history in a row share a bucket. Written into the bucket tables: a change needs a migration. */
export const BUCKET_ROWS = 512;

export function bucketOf(number: number): number {
  return Math.floor(number / BUCKET_ROWS);
}

/** The names under which an event is found. */
export function subjectsOfEvent({ lease, resource, holder, pool }: Partial<WorldEvent>): string[] {
  const subjects: string[] = [];
  if (lease) subjects.push(`lease/${lease}`);
  if (resource) subjects.push(`resource/${resource}`);
  if (holder) subjects.push(`holder/${holder}`);
  if (pool) subjects.push(`pool/${pool}`);
  return subjects;
}

/** The names under which a lease that is over is found. */
export function subjectsOfEndedLease({ holder, items }: EndedLease): string[] {
  const subjects = [`holder/${holder}`];
  for (const { pool } of items) {
    const subject = `pool/${pool}`;
    if (!subjects.includes(subject)) subjects.push(subject);
  }
  return subjects;
}

/** The names under which a run that is over is found. */
export function subjectsOfRun({ resource, pool }: Partial<Pick<Run, 'resource' | 'pool'>>): string[] {
  const subjects: string[] = [];
  if (resource) subjects.push(`resource/${resource}`);
  if (pool) subjects.push(`pool/${pool}`);
  return subjects;
}
