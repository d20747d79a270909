import type { EndedLease, HeldLease } from '../model/lease.ts';

/** What an event of a lease belongs to; to a resource and its pool where the lease has one alone. */
export function subjectOf(lease: EndedLease | HeldLease): {
  lease: string;
  holder: string;
  pool?: string;
  resource?: string;
} {
  const subject = { lease: lease.id, holder: lease.holder };
  const only = lease.members.length === 1 ? lease.members[0] : undefined;
  return only === undefined ? subject : { ...subject, pool: only.pool, resource: only.resource };
}
