import type { Pool, PoolExplanation } from '@poolkeeper/client';
import { formatCount } from '../format-bytes.ts';
import { formatPairs } from '../format-value.ts';
import { paintStatus, printLine, printText } from '../output.ts';
import { printFacts, printTable } from '../runtime.ts';
import type { Session } from '../runtime.ts';
import { transitionFacts } from './describe-transition.ts';
import { adviceOnPool } from './advice-on-pool.ts';

/** Requests that are named of those that wait by stage. */
const ASKING_SHOWN_MAX = 5;

/** Pools, one each line. */
export function printPools(session: Session, pools: readonly Pool[]): void {
  const { colors } = session;
  printTable(
    session,
    [
      { title: 'POOL', text: ({ name }) => name, isKept: true },
      { title: 'KIND', text: ({ kind }) => kind },
      { title: 'PROVIDER', text: ({ provider }) => provider },
      { title: 'FREE', text: ({ resources }) => countOf(resources, 'free'), isNumber: true, isKept: true },
      {
        title: 'LEASED',
        text: ({ resources }) => countOf(resources, 'leased'),
        isNumber: true,
        isKept: true,
      },
      { title: 'MEMBERS', text: membersOf, isNumber: true, isKept: true },
      { title: 'WAITING', text: ({ queued }) => String(queued), isNumber: true, isKept: true },
      {
        title: 'HELD',
        text: ({ held }) => (held === 0 ? '' : String(held)),
        paint: (text) => colors.red(text),
        isNumber: true,
      },
      { title: 'STATUS', text: ({ status }) => status, paint: (text) => paintStatus(colors, text) },
    ],
    pools,
    'No pools. Make one with "poolkeeper pool create", or name them in the configuration file.',
  );
}

export type ShownPool = { readonly pool: Pool; readonly explanation: PoolExplanation };

/** One pool with everything that a person may want to know of it. */
export function printPool(session: Session, shown: ShownPool): void {
  const { context, colors } = session;
  const { pool } = shown;
  printSummary(session, shown);
  printLine(context.stdout, '');
  printFacts(session, [
    ['pool', pool.name],
    ['status', pool.status, (text) => paintStatus(colors, text)],
    ['under', pool.parent ?? ''],
    ['kind', pool.kind],
    ['provider', pool.provider],
    ['size', describeSize(pool)],
    ['divided', pool.split.map(({ pool: name, weight }) => `${name} ${weight}`).join(', ')],
    ['members', describeMembers(pool)],
    ['stages', describeStages(shown)],
    ['asking', describeAsking(shown)],
    ['waiting', String(pool.queued)],
    ['lease', `${pool.lease.default} by default, ${pool.lease.max} at most, queue ${pool.lease.queue}`],
    ['warned', pool.lease.warnBefore === null ? '' : `${pool.lease.warnBefore} before its end`],
    ['quota', formatPairs(pool.quota)],
    ['parent', pool.parent ?? ''],
    ...transitionFacts(pool),
    ['recycle', pool.recycle],
    ['cooldown', pool.cooldown === '0s' ? '' : pool.cooldown],
    ['given up', describeEnd(pool)],
    ['victims', pool.victims],
    ['template', pool.template === null ? '' : JSON.stringify(pool.template)],
    ['labels', formatPairs(pool.labels)],
    ['version', String(pool.version)],
  ]);
  printTroubles(session, shown);
}

/** What goes on, what to do, and what is in the way. */
export function printPoolExplanation(session: Session, shown: ShownPool): void {
  const { context } = session;
  const { pool, explanation } = shown;
  printSummary(session, shown);
  printLine(context.stdout, '');
  printFacts(session, [
    ['pool', pool.name],
    ['size', describeSize(pool)],
    ['members', describeMembers(pool)],
    ['stages', describeStages(shown)],
    ['asking', describeAsking(shown)],
    ['held', explanation.held === 0 ? '' : `${explanation.held} for a person`],
    ['waiting', explanation.waiting === 0 ? '' : formatCount(explanation.waiting, 'lease')],
    ['set aside', explanation.setAside === 0 ? '' : `${explanation.setAside} for leases that wait for more`],
  ]);
  printTroubles(session, shown);
}

function printSummary({ context }: Session, shown: ShownPool): void {
  printText(context.stdout, shown.explanation.summary);
  printText(context.stdout, adviceOnPool(shown));
}

function printTroubles(session: Session, { explanation: { troubles } }: ShownPool): void {
  const { context, colors } = session;
  if (troubles.length === 0) return;
  printLine(context.stdout, '');
  printTable(
    session,
    [
      { title: 'RESOURCE', text: ({ resource }) => resource, isKept: true },
      { title: 'NAME', text: ({ name }) => name },
      {
        title: 'STATUS',
        text: ({ status }) => status,
        paint: (text) => paintStatus(colors, text),
        isKept: true,
      },
      { title: 'TROUBLE', text: ({ error }) => error },
    ],
    troubles,
    '',
  );
}

/** The size that a pool is meant to have, in words. */
export function describeSize({ size, target }: Pool): string {
  if (size === null) return 'members are registered by hand';
  const { desired, ...range } = size;
  if (desired !== undefined) return desired === 1 ? '1 member' : `${desired} members`;
  return `${formatPairs(range)}, which now makes ${target ?? '?'}`;
}

/** When a member is given up although nothing is wrong with it. */
function describeEnd({ maxUses, maxAge }: Pool): string {
  const ends = [
    ...(maxUses === null ? [] : [`after ${formatCount(maxUses, 'lease')}`]),
    ...(maxAge === null ? [] : [`at an age of ${maxAge}`]),
  ];
  return ends.join(', ');
}

function describeMembers({ resources }: Pool): string {
  return formatPairs(Object.fromEntries(Object.entries(resources).filter(([, count]) => count > 0)));
}

/** Where members stand that are handed over by stage, and what clients call the pool. */
function describeStages({ pool, explanation }: ShownPool): string {
  const { stages } = explanation;
  if (stages === undefined) return '';
  const at = stages.stages.map(({ stage, members, held }) => {
    const taken = held === 0 ? '' : ` (${held} taken)`;
    return `${stage} ${members}${taken}`;
  });
  return [`as type "${pool.stages?.type ?? pool.name}"`, ...at].join(', ');
}

/** The first of the requests that wait by stage. */
function describeAsking({ explanation: { stages } }: ShownPool): string {
  if (stages === undefined || stages.waiting === 0) return '';
  const first = stages.waiters
    .slice(0, ASKING_SHOWN_MAX)
    .map(({ request, stage, position }) => `${request} for ${stage} (${position ?? 'silent'})`);
  const more = stages.waiting - first.length;
  return [...first, ...(more === 0 ? [] : [`${more} more`])].join(', ');
}

function countOf(counts: Readonly<Record<string, number>>, status: string): string {
  return String(counts[status] ?? 0);
}

/** How many it has, those that are leaving or set aside as unsafe not counted; of a sized pool also how many it should have. */
function membersOf({ resources, target }: Pool): string {
  const members = Object.entries(resources)
    .filter(([status]) => !['exiting', 'gone', 'quarantined'].includes(status))
    .reduce((sum, [, count]) => sum + count, 0);
  return target === null ? String(members) : `${members}/${target}`;
}
