import type { Client } from 'pg';
import type { ReplicaReport } from '../shared-contract.ts';

/** A replica that was silent for so long is forgotten: it ended, or will tell again. */
const SILENT_MS_MAX = 60_000;

export async function reportReplica(client: Client, report: ReplicaReport): Promise<void> {
  await client.query({
    name: 'report_replica',
    text: `with silent as (
        delete from poolkeeper.replica where id <> $1 and seen_at < clock_timestamp() - ${SILENT_MS_MAX} * interval '1 millisecond'
      )
      insert into poolkeeper.replica (id, report, seen_at) values ($1, $2, clock_timestamp())
      on conflict (id) do update set report = excluded.report, seen_at = excluded.seen_at`,
    values: [report.id, JSON.stringify(report)],
  });
}

export async function listReplicas(
  client: Client,
): Promise<readonly (ReplicaReport & { readonly seenMsAgo: number })[]> {
  const { rows } = await client.query<{ report: string; seen_ms_ago: number }>(
    `select report, ceil(extract(epoch from (clock_timestamp() - seen_at)) * 1000)::bigint as seen_ms_ago
     from poolkeeper.replica
     where seen_at >= clock_timestamp() - ${SILENT_MS_MAX} * interval '1 millisecond' order by id`,
  );
  return rows.map((row) => ({ ...(JSON.parse(row.report) as ReplicaReport), seenMsAgo: row.seen_ms_ago }));
}

export async function readShared(client: Client, name: string): Promise<string | undefined> {
  const { rows } = await client.query<{ text: string }>(
    'select text from poolkeeper.shared_text where name = $1',
    [name],
  );
  return rows[0]?.text;
}

export async function writeShared(
  client: Client,
  { name, text, before }: { name: string; text: string; before: string | undefined },
): Promise<string> {
  await (before === undefined
    ? client.query(
        'insert into poolkeeper.shared_text (name, text) values ($1, $2) on conflict (name) do nothing',
        [name, text],
      )
    : client.query('update poolkeeper.shared_text set text = $2 where name = $1 and text = $3', [
        name,
        text,
        before,
      ]));
  return (await readShared(client, name)) ?? text;
}
