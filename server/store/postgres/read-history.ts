import type { Client } from 'pg';
import type { HistoryPage } from '../contract.ts';
import { liftDocument } from '../lift.ts';
import type { StoredKind } from '../lift.ts';
import type { RunLogEntry } from '../run-log-contract.ts';

const PAGE_ROWS = 500;

/** Runs one statement or more on a connection, again on another one where the first is broken. */
type Read = <T>(work: (client: Client) => Promise<T>) => Promise<T>;
/** Where a row stands among those of its table. */
type Place = readonly (string | number)[];
type Row = { readonly place: Place; readonly document_version: number; readonly document: string };

/** A table that is read from its beginning on: by what its rows are ordered, and what stands before the first. */
type Source = { readonly table: string; readonly order: string; readonly start: Place };

const DOCUMENTS: readonly (Source & {
  readonly part: Exclude<HistoryPage['part'], 'runLog'> & StoredKind;
})[] = [
  { part: 'event', table: 'event', order: 'seq', start: [-1] },
  { part: 'endedLease', table: 'ended_lease', order: 'number', start: [-1] },
  { part: 'endedRun', table: 'ended_run', order: 'number', start: [-1] },
  { part: 'turnover', table: 'turnover_record', order: 'resource, number', start: ['', -1] },
];
const RUN_LOG: Source = { table: 'run_log', order: 'run, seq', start: ['', -1] };

/** Everything that is not live, page by page, as the contract says. */
export async function* readHistory(read: Read): AsyncGenerator<HistoryPage, void, undefined> {
  for (const { part, ...source } of DOCUMENTS) {
    for await (const rows of pagesOf(read, source, 'document_version')) {
      const items = rows.map((row) => liftDocument(part, row.document_version, JSON.parse(row.document)));
      yield { part, items } as HistoryPage;
    }
  }
  for await (const rows of pagesOf(read, RUN_LOG, '0 as document_version')) {
    yield { part: 'runLog', items: rows.map(({ document }) => JSON.parse(document) as RunLogEntry) };
  }
}

async function* pagesOf(
  read: Read,
  { table, order, start }: Source,
  version: string,
): AsyncGenerator<readonly Row[], void, undefined> {
  const parameters = start.map((_, index) => `$${index + 1}`).join(', ');
  const statement = `select json_build_array(${order}) as place, ${version}, document from poolkeeper.${table}
    where (${order}) > (${parameters}) order by ${order} limit ${PAGE_ROWS}`;
  let after = start;
  for (;;) {
    const values = [...after];
    const { rows } = await read((client) => client.query<Row>(statement, values));
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    after = last.place;
  }
}
