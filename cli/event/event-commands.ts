import type { Event, EventsQuery } from '@poolkeeper/client';
import { EVENT_TYPES } from '@poolkeeper/core/words';
import { Option } from 'commander';
import type { Command } from 'commander';
import { explainError } from '../explain-error.ts';
import { LIST_LIMIT_DEFAULT, listPages } from '../list-pages.ts';
import { wholeNumber } from '../option-values.ts';
import { printJson, printJsonLine, printLine } from '../output.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime, Session } from '../runtime.ts';
import { lastEvents } from './last-events.ts';
import type { EventFilters } from './last-events.ts';
import { eventLine, printEvents } from './show-event.ts';

/** Events of the past that a tail begins with, where nothing is said. */
const TAIL_DEFAULT = 10;
const TAIL_MAX = 10_000;

const TAIL_HELP = `
Without -f it prints the last events and ends. With -f it goes on until Ctrl-C; when the connection is cut, it is made
again and goes on behind the last event, so that none is missing and none comes twice. --json prints one event a line.`;

/** `poolkeeper event …` */
export function addEventCommands(program: Command, runtime: Runtime): void {
  const event = program.command('event').description('see what happened, and what happens');
  addFilters(addConnectionOptions(event.command('list').description('list events, oldest first')))
    .option(
      '--after <seq>',
      'events numbered above this; from the beginning where nothing is said',
      wholeNumber(0),
    )
    .option('--limit <n>', 'at most so many', wholeNumber(1), LIST_LIMIT_DEFAULT)
    .action(async ({ after, limit, ...own }: ListOptions, self: Command) => {
      const session = openSession(runtime, self);
      const filters = filtersOf(own);
      const page = await listPages(limit, (paging) =>
        session.client.events.page({ ...filters, after, ...paging }),
      );
      if (session.isJson) return printJson(session.context.stdout, page);
      printEvents(session, page.items, 'No events fit.');
      const last = page.items.at(-1);
      if (page.next === null || last === undefined) return;
      printLine(
        session.context.stderr,
        `There are more; --after ${last.seq} goes on behind these, --limit shows more at once.`,
      );
    });
  addFilters(
    addConnectionOptions(
      event.command('tail').description('print the last events, and follow those to come'),
    ),
  )
    .option('-f, --follow', 'go on with what happens, until Ctrl-C')
    .option('-n, --last <n>', 'so many of the past', wholeNumber(0), TAIL_DEFAULT)
    .option('--after <seq>', 'begin behind this event instead', wholeNumber(0))
    .addHelpText('after', TAIL_HELP)
    .action(async (options: TailOptions, self: Command) => tail(openSession(runtime, self), options));
}

type FilterOptions = {
  readonly pool?: string;
  readonly resource?: string;
  readonly lease?: string;
  readonly holder?: string;
  readonly type?: EventsQuery['type'];
};
type ListOptions = FilterOptions & { readonly after?: number; readonly limit: number };
type TailOptions = FilterOptions & {
  readonly follow?: boolean;
  readonly last: number;
  readonly after?: number;
};

function addFilters(command: Command): Command {
  return command
    .option('--pool <pool>', 'of this pool')
    .option('--resource <resource>', 'of the resource with this id')
    .option('--lease <lease>', 'of the lease with this id')
    .option('--holder <name>', 'of leases of this holder')
    .addOption(new Option('--type <type...>', 'of these types').choices(EVENT_TYPES));
}

function filtersOf({ pool, resource, lease, holder, type }: FilterOptions): EventFilters {
  return {
    ...(pool === undefined ? {} : { pool }),
    ...(resource === undefined ? {} : { resource }),
    ...(lease === undefined ? {} : { lease }),
    ...(holder === undefined ? {} : { holder }),
    ...(type === undefined ? {} : { type }),
  };
}

async function tail(session: Session, options: TailOptions): Promise<void> {
  const { context, client, colors, isJson } = session;
  const filters = filtersOf(options);
  const print = (event: Event): void =>
    isJson ? printJsonLine(context.stdout, event) : printLine(context.stdout, eventLine(colors, event));
  let { after } = options;
  if (after === undefined) {
    // One is asked for even where none is wanted: what follows goes on behind it.
    const past = await lastEvents(client, filters, Math.min(TAIL_MAX, Math.max(1, options.last)));
    if (options.last > 0) for (const event of past) print(event);
    after = past.at(-1)?.seq ?? 0;
  } else if (options.follow !== true) {
    for await (const event of client.events({ ...filters, after, follow: false })) print(event);
  }
  if (options.follow === true) await follow(session, { ...filters, after }, print);
}

async function follow(
  { context, client }: Session,
  query: EventFilters & { readonly after: number },
  print: (event: Event) => void,
): Promise<void> {
  const stop = new AbortController();
  const unwatch = context.onSignals(['SIGINT', 'SIGTERM'], () => stop.abort());
  try {
    let isCut = false;
    const onCut = (error: Error): void => {
      // Said once: what follows are tries, until an event comes.
      if (!isCut) printLine(context.stderr, `poolkeeper: ${explainError(error).lines[0] ?? ''} Trying on.`);
      isCut = true;
    };
    for await (const event of client.events({ ...query, signal: stop.signal, onCut })) {
      isCut = false;
      print(event);
      if (context.stdout.isGone) return;
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    unwatch();
  }
}
