import type { Pool, PoolExplanation } from '@poolkeeper/client';
import type { Command } from 'commander';
import { formatPairs } from './format-value.ts';
import { LIST_LIMIT_DEFAULT, listPages, moreLine } from './list-pages.ts';
import { wholeNumber } from './option-values.ts';
import { paintStatus, printJson, printLine } from './output.ts';
import { addConnectionOptions, openSession, printFacts, printTable } from './runtime.ts';
import type { Runtime, Session } from './runtime.ts';

/** `poolkeeper pool …` */
export function addPoolCommands(program: Command, runtime: Runtime): void {
  const pool = program.command('pool').description('see what there is to lend');
  addConnectionOptions(pool.command('list').description('list pools'))
    .option('--limit <n>', 'at most so many', wholeNumber(1), LIST_LIMIT_DEFAULT)
    .action(async ({ limit }: { limit: number }, self: Command) => {
      const session = openSession(runtime, self);
      const page = await listPages(limit, (paging) => session.client.pools.page(paging));
      if (session.isJson) return printJson(session.context.stdout, page);
      printPools(session, page.items);
      const more = moreLine(page);
      if (more !== undefined) printLine(session.context.stderr, more);
    });
  addConnectionOptions(
    pool
      .command('show')
      .description('show one pool, and what keeps it from its size')
      .argument('<pool>', 'its name'),
  ).action(async (name: string, _options: unknown, self: Command) => {
    const session = openSession(runtime, self);
    const found = await session.client.pools.get(name);
    if (session.isJson) return printJson(session.context.stdout, found);
    printPool(session, found, await session.client.pools.explain(name));
  });
}

function printPools(session: Session, pools: readonly Pool[]): void {
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
        paint: (text) => session.colors.red(text),
        isNumber: true,
      },
      { title: 'STATUS', text: ({ status }) => status, paint: (text) => paintStatus(session.colors, text) },
    ],
    pools,
    'No pools. A configuration file names them; so does PUT /v1/pools/{pool}.',
  );
}

function printPool(session: Session, pool: Pool, { summary, troubles }: PoolExplanation): void {
  const { context } = session;
  printLine(context.stdout, summary);
  printFacts(session, [
    ['pool', pool.name],
    ['status', paintStatus(session.colors, pool.status)],
    ['kind', pool.kind],
    ['provider', pool.provider],
    ['size', pool.size === null ? 'registered by hand' : formatPairs(pool.size)],
    [
      'members',
      formatPairs(Object.fromEntries(Object.entries(pool.resources).filter(([, count]) => count > 0))),
    ],
    ['waiting', String(pool.queued)],
    ['lease', `${pool.lease.default} by default, ${pool.lease.max} at most, queue ${pool.lease.queue}`],
    ['quota', formatPairs(pool.quota)],
    ['recycle', pool.recycle],
    ['labels', formatPairs(pool.labels)],
  ]);
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
        paint: (text) => paintStatus(session.colors, text),
        isKept: true,
      },
      { title: 'TROUBLE', text: ({ error }) => error },
    ],
    troubles,
    '',
  );
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
