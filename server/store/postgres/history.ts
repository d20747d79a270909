import type { EndedLease, Run, SealedRecord, WorldEvent } from '@poolkeeper/core';
import type { Client } from 'pg';
import type { EndedLeaseQuery, EventQuery, KnownKey, Page, RunQuery, TurnoverQuery } from '../contract.ts';
import { liftDocument } from '../lift.ts';
import type { StoredKind, StoredShapes } from '../lift.ts';
import { escapeName } from './lines.ts';

/** What is over, what happened and what was proved: read by index and by page. Each function is one statement. */

type Row = { readonly document_version: number; readonly document: string };

/** Conditions that are asked for, and the values that they name. */
class Filter {
  readonly conditions: string[] = [];
  readonly values: unknown[] = [];

  /** `$` in the condition stands for the value. */
  add(condition: string, value: unknown): void {
    this.values.push(value);
    this.conditions.push(condition.replace('$', `$${this.values.length}`));
  }

  addName(condition: string, name: string | undefined): void {
    if (name !== undefined) this.add(condition, escapeName(name));
  }
}

export async function findEndedLease(client: Client, id: string): Promise<EndedLease | undefined> {
  return (
    await select(
      client,
      'endedLease',
      'select document_version, document from poolkeeper.ended_lease where id = $1',
      [escapeName(id)],
    )
  )[0];
}

export async function findRun(client: Client, id: string): Promise<Run | undefined> {
  return (
    await select(
      client,
      'endedRun',
      'select document_version, document from poolkeeper.ended_run where id = $1',
      [escapeName(id)],
    )
  )[0];
}

export async function listEndedLeases(client: Client, query: EndedLeaseQuery): Promise<Page<EndedLease>> {
  const filter = new Filter();
  filter.add('e.number < $', readCursor(query.cursor));
  filter.addName('e.holder = $', query.holder);
  filter.addName('p.pool = $', query.pool);
  const from =
    query.pool === undefined
      ? 'poolkeeper.ended_lease e'
      : 'poolkeeper.ended_lease_pool p join poolkeeper.ended_lease e on e.number = p.number';
  return await selectPage(client, { kind: 'endedLease', from, filter, limit: query.limit });
}

export async function listRuns(client: Client, query: RunQuery): Promise<Page<Run>> {
  const filter = new Filter();
  filter.add('e.number < $', readCursor(query.cursor));
  filter.addName('e.resource = $', query.resource);
  filter.addName('e.pool = $', query.pool);
  return await selectPage(client, {
    kind: 'endedRun',
    from: 'poolkeeper.ended_run e',
    filter,
    limit: query.limit,
  });
}

export async function listEvents(client: Client, query: EventQuery): Promise<readonly WorldEvent[]> {
  const filter = new Filter();
  filter.add('seq > $', query.after);
  filter.addName('pool = $', query.pool);
  filter.addName('resource = $', query.resource);
  filter.addName('lease = $', query.lease);
  filter.addName('holder = $', query.holder);
  return await select(
    client,
    'event',
    `select document_version, document from poolkeeper.event
     where ${filter.conditions.join(' and ')} order by seq limit ${countOf(query.limit)}`,
    filter.values,
  );
}

export async function listTurnovers(client: Client, query: TurnoverQuery): Promise<readonly SealedRecord[]> {
  const { resource, after = 0, limit } = query;
  return await select(
    client,
    'turnover',
    `select document_version, document from poolkeeper.turnover_record
     where resource = $1 and number > $2 order by number limit $3`,
    [escapeName(resource), after, countOf(limit)],
  );
}

export async function keepKeys(client: Client, keys: readonly KnownKey[]): Promise<void> {
  await client.query(
    `insert into poolkeeper.signing_key (x, valid_from, valid_until)
     select distinct on (x) x, valid_from, valid_until
     from unnest($1::text[], $2::bigint[], $3::bigint[]) with ordinality as k (x, valid_from, valid_until, place)
     order by x, place desc
     on conflict (x) do update set valid_from = excluded.valid_from, valid_until = excluded.valid_until`,
    [
      keys.map(({ x }) => x),
      keys.map(({ validFrom }) => validFrom),
      keys.map(({ validUntil }) => validUntil),
    ],
  );
}

export async function listKeys(client: Client): Promise<readonly KnownKey[]> {
  const { rows } = await client.query<KnownKey>(
    `select x, valid_from as "validFrom", valid_until as "validUntil"
     from poolkeeper.signing_key order by valid_from, x collate "C"`,
  );
  return rows;
}

async function select<K extends StoredKind>(
  client: Client,
  kind: K,
  text: string,
  values: unknown[],
): Promise<StoredShapes[K][]> {
  const { rows } = await client.query<Row>(text, values);
  return rows.map((row) => lift(kind, row));
}

/** A page of what is over, the last ended first. One row more than is asked for says whether there is a next page. */
async function selectPage<K extends 'endedLease' | 'endedRun'>(
  client: Client,
  input: { kind: K; from: string; filter: Filter; limit: number },
): Promise<Page<StoredShapes[K]>> {
  const { kind, from, filter } = input;
  const limit = countOf(input.limit);
  const { rows } = await client.query<Row & { number: string }>(
    `select e.number::text as number, e.document_version, e.document from ${from}
     where ${filter.conditions.join(' and ')} order by e.number desc limit ${limit + 1}`,
    filter.values,
  );
  const page = rows.slice(0, limit);
  const next = rows.length > page.length ? (page.at(-1)?.number ?? null) : null;
  return { items: page.map((row) => lift(kind, row)), next };
}

function lift<K extends StoredKind>(kind: K, { document_version: version, document }: Row): StoredShapes[K] {
  return liftDocument(kind, version, JSON.parse(document));
}

/** Below the number that a cursor says; a text that is no cursor is below everything. */
function readCursor(cursor: string | undefined): string {
  if (cursor === undefined) return '9223372036854775807';
  return /^\d{1,18}$/.test(cursor) ? cursor : '0';
}

function countOf(limit: number): number {
  return Math.max(0, Math.floor(limit));
}
