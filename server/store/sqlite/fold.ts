import type { DatabaseSync } from 'node:sqlite';
import type { DocumentKind, EndedLease, WorldEvent } from '@poolkeeper/core';
import type { JournalRow } from './journal-statements.ts';
import { openRows, overlayOf } from './overlay.ts';
import type { OpenRow, Overlay } from './overlay.ts';
import type { Statements } from './statements.ts';
import { bucketOf, subjectsOfEndedLease, subjectsOfEvent } from './subjects.ts';
import { inRelaxedTransaction } from './transaction.ts';

/** How many rows one step of a fold writes: a millisecond or two, for so long a commit may have to wait. */
const STEP_ROWS = 256;

type Write = () => void;

/**
 * Moves journal rows into the tables, in steps of one transaction each, between which commits may go on.
 *
 * A crash between two steps loses nothing: only the last step drops the rows from the journal, and folding a row a second
 * time leaves the tables as folding it once does. The steps need no fsync of their own: they come to disk in the order in
 * which they were made, before the next commit or with it.
 */
export function* foldJournal(
  db: DatabaseSync,
  statements: Statements,
  rows: readonly JournalRow[],
): Generator<undefined, void, undefined> {
  let step: Write[] = [];
  const flush = (): void => {
    const writes = step;
    step = [];
    inRelaxedTransaction(db, () => writes.forEach((write) => write()));
  };
  for (const write of writesOf(statements, openRows(rows))) {
    step.push(write);
    if (step.length < STEP_ROWS) continue;
    flush();
    yield;
  }
  flush();
}

/** Rows of one table follow each other in the order of its key, so that a page that several share is written once. */
function* writesOf(statements: Statements, rows: readonly OpenRow[]): Generator<Write, void, undefined> {
  for (const [kind, changes] of Object.entries(overlayOf(rows)) as [DocumentKind, Overlay[DocumentKind]][]) {
    const { upsert, remove } = statements.documents[kind];
    for (const [id, row] of [...changes].toSorted(byText)) yield row === null ? () => remove(id) : () => upsert(row);
  }
  yield* endedWrites(statements, rows);
  yield* eventWrites(statements, rows);
  const last = rows.at(-1);
  if (last === undefined) return;
  yield () => statements.journal.writeMeta(last.batch.meta);
  yield () => statements.journal.drop(last.number);
}

function* endedWrites(statements: Statements, rows: readonly OpenRow[]): Generator<Write, void, undefined> {
  const numbers = new Map<string, number[]>();
  for (const { version, endedBefore, batch } of rows) {
    for (const [index, document] of batch.ended.entries()) {
      const lease = JSON.parse(document) as EndedLease;
      const number = endedBefore + index + 1;
      yield () => statements.ended.insert({ number, id: lease.id, endedAt: lease.endedAt, version, document });
      for (const subject of subjectsOfEndedLease(lease)) append(numbers, subject, number);
    }
  }
  for (const [subject, its] of [...numbers].toSorted(byText)) {
    for (const number of its) yield () => statements.ended.insertSubject(subject, number);
  }
}

function* eventWrites(statements: Statements, rows: readonly OpenRow[]): Generator<Write, void, undefined> {
  const seqs = new Map<string, number[]>();
  for (const { version, batch } of rows) {
    for (const document of batch.events) {
      const event = JSON.parse(document) as WorldEvent;
      yield () => statements.events.insert({ seq: event.seq, version, document });
      for (const subject of subjectsOfEvent(event)) append(seqs, subject, event.seq);
    }
  }
  for (const [subject, its] of [...seqs].toSorted(byText)) {
    for (const seq of its) yield () => statements.events.insertSubject(bucketOf(seq), subject, seq);
  }
}

function append(lists: Map<string, number[]>, key: string, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function byText([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
