import type { HistoryItems } from '../contract.ts';
import type { RunLogEntry } from '../run-log-contract.ts';
import type { Statements } from './statements.ts';

/** Histories that are kept as documents; what runs put out is not. */
export type TextHistory = Exclude<keyof HistoryItems, 'runLog'>;

/** How many rows of a history are read at once. */
const PAGE_ROWS = 500;

/** Where an entry of the log of a run stands. */
export type RunLogPlace = Pick<RunLogEntry, 'run' | 'seq'>;

type Row = { readonly version: number; readonly document: string };
type PageOf = { readonly rows: readonly Row[]; readonly next: string | null };

/** A page of one history from its beginning on, behind `after`, which is the `next` of the page before. */
export function pageOfHistory(
  { events, ended, runs, turnovers }: Statements,
  { part, after }: { readonly part: TextHistory; readonly after: string | null },
): PageOf {
  if (part === 'turnover') {
    const rows = turnovers.page(readPlace(after), PAGE_ROWS);
    const last = rows.at(-1);
    const isMore = last !== undefined && rows.length === PAGE_ROWS;
    return { rows, next: isMore ? JSON.stringify([last.resource, last.number]) : null };
  }
  const history = { event: events, endedLease: ended, endedRun: runs }[part];
  const rows = history.listUp(after === null ? -1 : Number(after), PAGE_ROWS);
  return { rows, next: rows.length === PAGE_ROWS ? String(rows.at(-1)?.number) : null };
}

/** What runs put out, behind the entry of `after`. */
export function pageOfRunLog(
  { runLog }: Statements,
  after: RunLogPlace | null,
): { readonly entries: readonly RunLogEntry[]; readonly next: RunLogPlace | null } {
  const entries = runLog.page(after ?? { run: '', seq: -1 }, PAGE_ROWS);
  const last = entries.at(-1);
  const isMore = last !== undefined && entries.length === PAGE_ROWS;
  return { entries, next: isMore ? { run: last.run, seq: last.seq } : null };
}

function readPlace(after: string | null): { resource: string; number: number } {
  const [resource, number] = after === null ? ['', -1] : (JSON.parse(after) as [string, number]);
  return { resource, number };
}
