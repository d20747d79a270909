import type { Client } from 'pg';
import type { RunLogEnd, RunLogEntry, RunLogQuery } from '../run-log-contract.ts';
import { asLines, escapeName } from './lines.ts';

type Row = { readonly document: string };

export async function appendRunLog(client: Client, entries: readonly RunLogEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await client.query(
    `insert into poolkeeper.run_log (run, seq, at, document)
     select run, seq::bigint, at::bigint, document
     from unnest(string_to_array($1, E'\\n'), string_to_array($2, E'\\n'), string_to_array($3, E'\\n'), string_to_array($4, E'\\n'))
       as x (run, seq, at, document)
     on conflict (run, seq) do nothing`,
    [
      asLines(entries.map(({ run }) => escapeName(run))),
      asLines(entries.map(({ seq }) => String(seq))),
      asLines(entries.map(({ at }) => String(at))),
      asLines(entries.map((entry) => JSON.stringify(entry))),
    ],
  );
}

export async function readRunLog(
  client: Client,
  { run, after, limit }: RunLogQuery,
): Promise<readonly RunLogEntry[]> {
  const { rows } = await client.query<Row>(
    'select document from poolkeeper.run_log where run = $1 and seq > $2 order by seq limit $3',
    [escapeName(run), after, limit],
  );
  return rows.map(({ document }) => JSON.parse(document) as RunLogEntry);
}

export async function endOfRunLog(client: Client, run: string): Promise<RunLogEnd> {
  const { rows } = await client.query<Row>(
    'select document from poolkeeper.run_log where run = $1 order by seq desc limit 1',
    [escapeName(run)],
  );
  if (rows[0] === undefined) return { seq: 0, total: 0 };
  const { seq, total } = JSON.parse(rows[0].document) as RunLogEntry;
  return { seq, total };
}
