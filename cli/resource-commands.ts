import type { Resource, ResourceExplanation, ResourcesQuery } from '@poolkeeper/client';
import type { Command } from 'commander';
import { formatInstant, formatRelative } from './format-time.ts';
import { formatPairs } from './format-value.ts';
import { LIST_LIMIT_DEFAULT, listPages, moreLine } from './list-pages.ts';
import { repeated, wholeNumber } from './option-values.ts';
import { paintStatus, printJson, printLine } from './output.ts';
import { addConnectionOptions, openSession, printFacts, printTable } from './runtime.ts';
import type { Runtime, Session } from './runtime.ts';

type ListOptions = {
  readonly pool?: string;
  readonly status?: NonNullable<ResourcesQuery['status']>;
  readonly label?: readonly string[];
  readonly limit: number;
};

/** `poolkeeper resource …` */
export function addResourceCommands(program: Command, runtime: Runtime): void {
  const resource = program.command('resource').description('see the members of pools');
  addConnectionOptions(resource.command('list').description('list resources'))
    .option('--pool <pool>', 'members of this pool')
    .option('--status <status>', 'free, leased, entering, …')
    .option('--label <label=value>', 'those with this label; may be repeated', repeated)
    .option('--limit <n>', 'at most so many', wholeNumber(1), LIST_LIMIT_DEFAULT)
    .action(async ({ pool, status, label, limit }: ListOptions, self: Command) => {
      const session = openSession(runtime, self);
      const page = await listPages(limit, (paging) =>
        session.client.resources.page({ pool, status, label, ...paging }),
      );
      if (session.isJson) return printJson(session.context.stdout, page);
      printResources(session, page.items);
      const more = moreLine(page);
      if (more !== undefined) printLine(session.context.stderr, more);
    });
  addConnectionOptions(
    resource
      .command('show')
      .description('show one resource, and what may be done with it')
      .argument('<resource>', 'its id'),
  ).action(async (id: string, _options: unknown, self: Command) => {
    const session = openSession(runtime, self);
    const found = await session.client.resources.get(id);
    if (session.isJson) return printJson(session.context.stdout, found);
    printResource(session, found, await session.client.resources.explain(id));
  });
}

function printResources(session: Session, resources: readonly Resource[]): void {
  const { colors, context } = session;
  const now = context.now();
  printTable(
    session,
    [
      { title: 'RESOURCE', text: ({ id }) => id, isKept: true },
      { title: 'NAME', text: ({ name }) => name },
      { title: 'POOL', text: ({ pool }) => pool },
      { title: 'STATUS', text: statusOf, paint: (text) => paintStatus(colors, text), isKept: true },
      { title: 'SINCE', text: ({ since }) => formatRelative(since, now), isKept: true },
      { title: 'LEASE', text: ({ lease }) => lease ?? '' },
      {
        title: 'REACHED AT',
        text: ({ endpoints, addresses }) => [...Object.values(endpoints), ...addresses].join(', '),
      },
      { title: 'LABELS', text: ({ labels }) => formatPairs(labels) },
    ],
    resources,
    'No resources.',
  );
}

function printResource(
  session: Session,
  resource: Resource,
  { summary, actions }: ResourceExplanation,
): void {
  const { context, colors } = session;
  const now = context.now();
  printLine(context.stdout, summary);
  printFacts(session, [
    ['resource', resource.id],
    ['name', resource.name],
    ['pool', resource.pool],
    ['kind', resource.kind],
    ['provider', resource.provider],
    ['status', paintStatus(colors, statusOf(resource))],
    ['since', formatInstant(resource.since, now)],
    [
      'held',
      resource.hold === null
        ? ''
        : `${resource.hold.reason}, since ${formatInstant(resource.hold.since, now)}`,
    ],
    ['lease', resource.lease ?? ''],
    ['machine', resource.machine],
    ['liveness', paintStatus(colors, resource.liveness)],
    ['epoch', String(resource.epoch)],
    ['uses', String(resource.uses)],
    ['endpoints', formatPairs(resource.endpoints)],
    ['addresses', resource.addresses.join(', ')],
    ['labels', formatPairs(resource.labels)],
    ['params', formatPairs(resource.params)],
    ['possible', actions.join(', ')],
  ]);
}

function statusOf({ status, hold }: Resource): string {
  return hold === null ? status : `${status}, held`;
}
