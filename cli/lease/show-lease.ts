import type { Lease } from '@poolkeeper/client';
import { formatInstant, formatRelative } from '../format-time.ts';
import { paintStatus, printLine } from '../output.ts';
import { printFacts, printTable } from '../runtime.ts';
import type { Session } from '../runtime.ts';
import { formatPairs } from '../format-value.ts';

/** Leases, one each line. */
export function printLeases(session: Session, leases: readonly Lease[]): void {
  const { context, colors } = session;
  const now = context.now();
  printTable(
    session,
    [
      { title: 'LEASE', text: ({ id }) => id, isKept: true },
      { title: 'STATUS', text: statusOf, paint: (text) => paintStatus(colors, text), isKept: true },
      { title: 'HOLDER', text: ({ holder }) => holder },
      { title: 'ASKED FOR', text: askedFor },
      { title: 'RESOURCES', text: ({ resources }) => resources.map(({ name }) => name).join(', ') },
      {
        title: 'ENDS',
        text: ({ expiresAt, endedAt }) => formatRelative(endedAt ?? expiresAt, now),
        isKept: true,
      },
      { title: 'NOTE', text: ({ note }) => note, isExtra: true },
    ],
    leases,
    'No leases.',
  );
}

/** One lease with everything that a person may want to know of it. */
export function printLease(session: Session, lease: Lease): void {
  const now = session.context.now();
  printFacts(session, [
    ['lease', lease.id],
    ['status', statusOf(lease), (text) => paintStatus(session.colors, text)],
    ['holder', lease.holder],
    ['asked for', askedFor(lease)],
    ['created', formatInstant(lease.createdAt, now)],
    ['granted', formatInstant(lease.grantedAt, now)],
    ['ends', lease.endedAt === null ? formatInstant(lease.expiresAt, now) : ''],
    ['ended', formatInstant(lease.endedAt, now)],
    ['duration', lease.duration],
    [
      'heartbeat',
      lease.heartbeat === null
        ? ''
        : `every ${lease.heartbeat}, next by ${formatInstant(lease.heartbeatBy, now)}`,
    ],
    ['priority', lease.priority === 0 ? '' : String(lease.priority)],
    ['labels', formatPairs(lease.labels)],
    ['note', lease.note],
  ]);
  if (lease.resources.length === 0) return;
  printLine(session.context.stdout, '');
  printTable(
    session,
    [
      { title: 'RESOURCE', text: ({ id }) => id, isKept: true },
      { title: 'NAME', text: ({ name }) => name },
      { title: 'POOL', text: ({ pool }) => pool },
      { title: 'ENDPOINTS', text: ({ endpoints }) => formatPairs(endpoints) },
      { title: 'ADDRESSES', text: ({ addresses }) => addresses.join(', '), isExtra: true },
      { title: 'LABELS', text: ({ labels }) => formatPairs(labels), isExtra: true },
      { title: 'PARAMS', text: ({ params }) => formatPairs(params), isExtra: true },
    ],
    lease.resources,
    '',
  );
}

/** A status, with the place in the queue or the reason of the end. */
export function statusOf({ status, position, endReason }: Lease): string {
  if (status === 'queued' && position !== null) return `queued #${position}`;
  return endReason === null ? status : `${status} (${endReason.replaceAll('_', ' ')})`;
}

/** What was asked for, on one line. */
export function askedFor({ items }: Lease): string {
  return items
    .map(({ pool, count, match, filter }) =>
      [count === 1 ? pool : `${count} × ${pool}`, formatPairs(match), filter ?? '']
        .filter((part) => part !== '')
        .join(' '),
    )
    .join(', ');
}
