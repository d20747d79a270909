import type { RunLogEntry } from '@poolkeeper/client';
import type { Command } from 'commander';
import { explainError } from '../explain-error.ts';
import { wholeNumber } from '../option-values.ts';
import { printJsonLine, printLine } from '../output.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime, Session } from '../runtime.ts';

/** Entries that are read at once. */
const PAGE_ENTRIES = 1_000;
/** What moves the cursor or paints; tabs and ends of lines stay. */
// oxlint-disable-next-line no-control-regex -- these characters are what it looks for
const CONTROL = /\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g;

const LOGS_HELP = `
Secrets are masked. A log is bounded: of each attempt it has the beginning and the end, of a run 1 MiB. With -f it goes on
until the run is over or Ctrl-C; when the connection is cut, it is made again and goes on where it was. --json prints one
entry a line.`;

type LogOptions = { readonly follow?: boolean; readonly after?: number };

/** `poolkeeper run logs` */
export function addRunLogs(run: Command, runtime: Runtime): void {
  addConnectionOptions(run.command('logs').description('print what the steps of a run put out'))
    .argument('<run>', 'its id')
    .option('-f, --follow', 'go on with what comes, until the run is over')
    .option('--after <seq>', 'begin behind this entry', wholeNumber(0))
    .addHelpText('after', LOGS_HELP)
    .action(async (id: string, options: LogOptions, self: Command) => {
      await printLogs(openSession(runtime, self), id, options);
    });
}

async function printLogs(session: Session, id: string, { follow, after = 0 }: LogOptions): Promise<void> {
  const printer = createPrinter(session);
  if (follow === true) await followLog(session, { id, after }, printer.print);
  else {
    for (let place = after; ;) {
      const entries = await session.client.runs.logPage(id, { after: place, limit: PAGE_ENTRIES });
      for (const entry of entries) printer.print(entry);
      place = entries.at(-1)?.seq ?? place;
      if (entries.length < PAGE_ENTRIES || session.context.stdout.isGone) break;
    }
  }
  printer.end();
}

/** Above the output of each attempt stands whose it is. */
function createPrinter({ context, colors, isJson }: Session): {
  print: (entry: RunLogEntry) => void;
  end: () => void;
} {
  let last: RunLogEntry | undefined;
  let isLineOpen = false;
  const endLine = (): void => {
    if (isLineOpen) context.stdout.write('\n');
    isLineOpen = false;
  };
  const print = (entry: RunLogEntry): void => {
    if (isJson) return printJsonLine(context.stdout, entry);
    const isNew = last?.index !== entry.index || last.attempt !== entry.attempt;
    if (isNew || entry.stream !== last?.stream) endLine();
    if (isNew) printLine(context.stdout, colors.bold(`--- ${entry.step}, attempt ${entry.attempt}`));
    const text = entry.text.replaceAll(CONTROL, '');
    context.stdout.write(entry.stream === 'note' ? colors.dim(`poolkeeper: ${text}`) : text);
    isLineOpen = !text.endsWith('\n');
    last = entry;
  };
  const end = (): void => {
    endLine();
    if (last === undefined && !isJson) printLine(context.stderr, 'The run has put out nothing.');
  };
  return { print, end };
}

async function followLog(
  { context, client }: Session,
  { id, after }: { readonly id: string; readonly after: number },
  print: (entry: RunLogEntry) => void,
): Promise<void> {
  const stop = new AbortController();
  const unwatch = context.onSignals(['SIGINT', 'SIGTERM'], () => stop.abort());
  try {
    let isCut = false;
    const onCut = (error: Error): void => {
      if (!isCut) printLine(context.stderr, `poolkeeper: ${explainError(error).lines[0] ?? ''} Trying on.`);
      isCut = true;
    };
    for await (const entry of client.runs.followLog(id, { after, signal: stop.signal, onCut })) {
      isCut = false;
      print(entry);
      if (context.stdout.isGone) return;
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    unwatch();
  }
}
