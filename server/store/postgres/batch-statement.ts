import type { DocumentKind } from '@poolkeeper/core';
import type { Batch } from '../contract.ts';
import { DOCUMENT_VERSION } from '../lift.ts';
import { asLines, escapeName } from './lines.ts';

/** What a batch is called: no two have the same number and term. */
export type BatchName = { readonly term: number; readonly number: number };

/** Room for what ends in one batch, in numbers that rise over all batches. */
const ENDED_PER_BATCH = 1_048_576;

/**
 * A whole batch in one statement, which is one transaction and one round trip.
 *
 * Nothing happens unless the term still stands, nobody halted, and the batch is the next one: everything hangs on the row of `moved`. The
 * lock on the key of `leadership` is held until the commit, so whoever raises the term or halts waits for it, or it for them.
 */
const TEXT = `
with fence as materialized (
  select term from poolkeeper.leadership where term = $1 and halt is null for key share
), moved as (
  update poolkeeper.world set batch = $2, term = $1, instant = $3, event_seq = $4, lease_seq = $5
  from fence where world.batch = $2::bigint - 1
  returning world.batch
), documents as (
  insert into poolkeeper.document (kind, id, batch, document_version, document)
  select kind, id, batch, $6::int, document
  from moved, unnest(string_to_array($7, E'\\n'), string_to_array($8, E'\\n'), string_to_array($9, E'\\n', '')) as x (kind, id, document)
  on conflict (kind, id) do update
    set batch = excluded.batch, document_version = excluded.document_version, document = excluded.document
), events as (
  insert into poolkeeper.event (seq, document_version, pool, resource, lease, holder, document)
  select seq::bigint, $6::int, pool, resource, lease, holder, document
  from moved, unnest(string_to_array($10, E'\\n'), string_to_array($11, E'\\n', ''), string_to_array($12, E'\\n', ''),
    string_to_array($13, E'\\n', ''), string_to_array($14, E'\\n', ''), string_to_array($15, E'\\n')) as x (seq, pool, resource, lease, holder, document)
)`;

/** Most batches end nothing, so these parts come along only where they are needed. */
const ENDED_TEXT = `, leases as (
  insert into poolkeeper.ended_lease (number, id, ended_at, holder, document_version, document)
  select batch * ${ENDED_PER_BATCH} + place, id, ended_at::bigint, coalesce(holder, ''), $6::int, document
  from moved, unnest(string_to_array($16, E'\\n'), string_to_array($17, E'\\n'), string_to_array($18, E'\\n'), string_to_array($19, E'\\n'))
    with ordinality as x (id, ended_at, holder, document, place)
  returning number
), pools as (
  insert into poolkeeper.ended_lease_pool (pool, number)
  select pool, batch * ${ENDED_PER_BATCH} + place::bigint
  from moved, unnest(string_to_array($20, E'\\n'), string_to_array($21, E'\\n')) as x (pool, place)
), runs as (
  insert into poolkeeper.ended_run (number, id, ended_at, pool, resource, document_version, document)
  select batch * ${ENDED_PER_BATCH} + place, id, ended_at::bigint, pool, resource, $6::int, document
  from moved, unnest(string_to_array($22, E'\\n'), string_to_array($23, E'\\n'), string_to_array($24, E'\\n'),
    string_to_array($25, E'\\n'), string_to_array($26, E'\\n')) with ordinality as x (id, ended_at, pool, resource, document, place)
), records as (
  insert into poolkeeper.turnover_record (resource, number, document_version, document)
  select resource, number::bigint, $6::int, document
  from moved, unnest(string_to_array($27, E'\\n'), string_to_array($28, E'\\n'), string_to_array($29, E'\\n')) as x (resource, number, document)
  on conflict (resource, number) do nothing
)`;
const ANSWER_TEXT = `select pg_notify('poolkeeper', '') from moved`;

/** A statement as the driver takes it: `name` has the database keep its plan. */
export type Statement = { readonly name: string; readonly text: string; readonly values: unknown[] };

/** The contents of a batch, as text; what it is called is filled in when it is sent. */
export type BatchValues = { readonly isEnding: boolean; readonly values: readonly unknown[] };

export function writeBatch(batch: Batch): BatchValues {
  const { meta, ended, runs, records } = batch;
  const isEnding = ended.length + runs.length + records.length > 0;
  const values = [
    meta.instant,
    meta.eventSeq,
    meta.leaseSeq,
    DOCUMENT_VERSION,
    ...writeDocuments(batch),
    ...writeEvents(batch),
  ];
  return { isEnding, values: isEnding ? [...values, ...writeEnded(batch)] : values };
}

/** The statement that answers a row if the batch was written, and none if it was not. */
export function batchStatement({ term, number }: BatchName, { isEnding, values }: BatchValues): Statement {
  return {
    name: isEnding ? 'batch_ending' : 'batch',
    text: isEnding ? `${TEXT}${ENDED_TEXT}${ANSWER_TEXT}` : `${TEXT}${ANSWER_TEXT}`,
    values: [term, number, ...values],
  };
}

function writeDocuments({ upserts, deletes }: Batch): string[] {
  const kinds: DocumentKind[] = [];
  const ids: string[] = [];
  const documents: string[] = [];
  for (const { kind, id, document } of upserts) {
    kinds.push(kind);
    ids.push(escapeName(id));
    documents.push(JSON.stringify(document));
  }
  for (const { kind, id } of deletes) {
    kinds.push(kind);
    ids.push(escapeName(id));
    documents.push('');
  }
  return [asLines(kinds), asLines(ids), asLines(documents)];
}

function writeEvents({ events }: Batch): string[] {
  const name = (text: string | null): string => (text === null ? '' : escapeName(text));
  return [
    asLines(events.map(({ seq }) => String(seq))),
    asLines(events.map(({ pool }) => name(pool))),
    asLines(events.map(({ resource }) => name(resource))),
    asLines(events.map(({ lease }) => name(lease))),
    asLines(events.map(({ holder }) => name(holder))),
    asLines(events.map((event) => JSON.stringify(event))),
  ];
}

function writeEnded({ ended, runs, records }: Batch): string[] {
  const pools = ended.flatMap(({ items }, index) =>
    [...new Set(items.map(({ pool }) => pool))].map((pool) => [escapeName(pool), String(index + 1)] as const),
  );
  return [
    asLines(ended.map(({ id }) => escapeName(id))),
    asLines(ended.map(({ endedAt }) => String(endedAt))),
    asLines(ended.map(({ holder }) => escapeName(holder))),
    asLines(ended.map((lease) => JSON.stringify(lease))),
    asLines(pools.map(([pool]) => pool)),
    asLines(pools.map(([, place]) => place)),
    asLines(runs.map(({ id }) => escapeName(id))),
    asLines(runs.map(({ endedAt }) => String(endedAt))),
    asLines(runs.map(({ pool }) => escapeName(pool))),
    asLines(runs.map(({ resource }) => escapeName(resource))),
    asLines(runs.map((run) => JSON.stringify(run))),
    asLines(records.map(({ resource }) => escapeName(resource))),
    asLines(records.map(({ number }) => String(number))),
    asLines(records.map((record) => JSON.stringify(record))),
  ];
}
