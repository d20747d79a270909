import type { Lease, LeaseExplanation } from '@poolkeeper/client';
import { formatInstant, formatRelative } from '../format-time.ts';
import { paintStatus, printLine, printText } from '../output.ts';
import { printFacts, printTable } from '../runtime.ts';
import type { Session } from '../runtime.ts';
import { askedFor, statusOf } from './show-lease.ts';

/** A lease with why it is where it is; an ended one has no more to explain. */
export type ExplainedLease = { readonly lease: Lease; readonly explanation: LeaseExplanation | null };

/** What goes on, what to do, then the rest. */
export function printLeaseExplanation(session: Session, explained: ExplainedLease): void {
  const { context, colors } = session;
  const { lease, explanation } = explained;
  const now = context.now();
  printText(context.stdout, describeState(explained, now));
  printText(context.stdout, adviceOnLease(explained));
  printLine(context.stdout, '');
  printFacts(session, [
    ['lease', lease.id],
    ['status', statusOf(lease), (text) => paintStatus(colors, text)],
    ['holder', lease.holder],
    ['asked for', askedFor(lease)],
    ['since', formatInstant(lease.createdAt, now)],
    ['expected', formatInstant(explanation?.estimatedStart ?? null, now)],
    ['note', lease.note],
  ]);
  if (lease.status === 'queued') for (const item of explanation?.items ?? []) printItem(session, item);
}

function printItem(session: Session, item: LeaseExplanation['items'][number]): void {
  const { context, colors } = session;
  const now = context.now();
  const enough = item.minimum === item.count ? '' : ` (${item.minimum} are enough)`;
  const fitting = `${item.fitting} of ${item.members} members can serve it`;
  printLine(context.stdout, '');
  printLine(
    context.stdout,
    colors.bold(`${item.count} of ${item.pool}${enough}: has ${item.has}; ${fitting}`),
  );
  printTable(
    session,
    [
      { title: 'MEMBERS', text: ({ count }) => String(count), isNumber: true, isKept: true },
      { title: 'ARE', text: ({ reason }) => reason.replaceAll('_', ' '), isKept: true },
      { title: 'FREE AGAIN', text: ({ until }) => formatRelative(until, now), isKept: true },
      {
        title: 'SUCH AS',
        text: ({ examples }) =>
          examples.map(({ name, detail }) => (detail === null ? name : `${name} (${detail})`)).join(', '),
      },
    ],
    item.reasons,
    'The pool has no members.',
  );
}

/** One sentence, or two where there is an estimate. */
function describeState({ lease, explanation }: ExplainedLease, now: number): string {
  const names = lease.resources.map(({ name }) => name).join(', ');
  switch (lease.status) {
    case 'queued': {
      const summary = explanation?.summary ?? 'It waits.';
      const expected = explanation?.estimatedStart ?? null;
      return expected === null
        ? `${summary} Nobody can say when it starts.`
        : `${summary} It is expected to start ${startOf(expected, now)}, if nobody ends early.`;
    }
    case 'preparing':
      return explanation?.summary ?? `It is granted, and ${names} made ready for it.`;
    case 'active':
      return `It is active: ${lease.holder} has ${names} until ${formatInstant(lease.expiresAt, now)}.`;
    case 'ending':
      return `It is over (${wordsOf(lease)}), and ${names} taken back.`;
    case 'ended':
      return `It ended ${formatRelative(lease.endedAt, now)}: ${wordsOf(lease)}.`;
  }
}

function startOf(instant: string, now: number): string {
  return Date.parse(instant) <= now ? 'any moment' : formatRelative(instant, now);
}

const END_WORDS: Readonly<Record<NonNullable<Lease['endReason']>, string>> = {
  released: 'somebody released it',
  expired: 'its time was over',
  heartbeat_missed: 'its holder sent no heartbeat for too long',
  cancelled: 'the request was withdrawn',
  ended_by_operator: 'an operator ended it',
  pool_removed: 'its pool was removed',
};

function wordsOf({ endReason, status }: Lease): string {
  return endReason === null ? status : END_WORDS[endReason];
}

/** What a person can do about it: one sentence. */
export function adviceOnLease({ lease, explanation }: ExplainedLease): string {
  const release = `"poolkeeper lease release ${lease.id}"`;
  const [first] = lease.items;
  const pool = first?.pool ?? 'POOL';
  switch (lease.status) {
    case 'queued':
      return adviceOnWaiting(explanation, release);
    case 'active':
      return lease.heartbeat === null
        ? `"poolkeeper lease renew ${lease.id}" makes it longer, ${release} ends it.`
        : `It ends early without a heartbeat every ${lease.heartbeat}; "poolkeeper lease renew ${lease.id}" makes it longer, ${release} ends it.`;
    case 'preparing':
      return `"poolkeeper run list" says how each gets ready and what it waits for; ${release} gives all of it back.`;
    case 'ending':
      return 'There is nothing to do.';
    case 'ended':
      return `Ask for a new one: poolkeeper lease acquire --pool ${pool}.`;
  }
}

function adviceOnWaiting(explanation: LeaseExplanation | null, release: string): string {
  const items = explanation?.items ?? [];
  const blocked = items.find(({ pool, has, minimum }) => pool === explanation?.waitsAt && has < minimum);
  if (blocked === undefined) return `Wait; ${release} withdraws it.`;
  const { pool, fitting, minimum, members } = blocked;
  if (fitting < minimum) {
    const wish = members >= minimum ? 'ask for other labels or another filter' : 'ask for less';
    return `As the pool is now it can never be granted: withdraw it with ${release} and ${wish}, or let ${pool} have more members that fit.`;
  }
  const stuck = blocked.reasons.find(({ reason }) => ['held_for_a_person', 'quarantined'].includes(reason));
  if (stuck !== undefined) {
    return `Wait, or free what is stuck: "poolkeeper pool explain ${pool}" says why ${stuck.count} ${stuck.count === 1 ? 'member is' : 'members are'} ${stuck.reason.replaceAll('_', ' ')}; ${release} withdraws the request.`;
  }
  return `Wait, or see who has what with "poolkeeper lease list --pool ${pool}"; ${release} withdraws it.`;
}
