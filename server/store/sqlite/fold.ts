import type { DatabaseSync } from 'node:sqlite';
import type { DocumentKind, EndedLease, WorldEvent } from '@poolkeeper/core';
import type { HistoryRow, HistoryStatements } from './history-statements.ts';
import type { JournalRow } from './journal-statements.ts';
import { openRows, overlayOf } from './overlay.ts';
import type { OpenRow, Overlay } from './overlay.ts';
import type { Statements } from './statements.ts';
import { STEP_ROWS, writeInSteps } from './steps.ts';
import type { Steps } from './steps.ts';
import { bucketOf, subjectsOfEndedLease, subjectsOfEvent } from './subjects.ts';
import { inRelaxedTransaction } from './transaction.ts';

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
): Steps<void> {
  const open = openRows(rows);
  yield* foldDocuments(db, statements, overlayOf(open));
  yield* foldEnded(db, statements, open);
  yield* foldEvents(db, statements, open);
  const last = open.at(-1);
  if (last === undefined) return;
  inRelaxedTransaction(db, () => {
    statements.journal.writeMeta(last.batch.meta);
    statements.journal.drop(last.number);
  });
}

/** In the order of the table's key, so that a page that several rows share is written once. */
function* foldDocuments(db: DatabaseSync, statements: Statements, overlay: Overlay): Steps<void> {
  for (const [kind, changes] of Object.entries(overlay) as [DocumentKind, Overlay[DocumentKind]][]) {
    const table = statements.documents[kind];
    const inOrder = [...changes].toSorted(([a], [b]) => compare(a, b));
    yield* writeInSteps(db, inOrder, ([id, row]) => (row === null ? table.remove(id) : table.upsert(row)));
  }
}

function* foldEnded(db: DatabaseSync, { ended }: Statements, rows: readonly OpenRow[]): Steps<void> {
  const found: (HistoryRow & { id: string; endedAt: number })[] = [];
  const buckets = new BucketEntries();
  for (const { version, endedBefore, batch } of rows) {
    for (const [index, document] of batch.ended.entries()) {
      const lease = JSON.parse(document) as EndedLease;
      const number = endedBefore + index + 1;
      found.push({ number, version, document, id: lease.id, endedAt: lease.endedAt });
      buckets.add(number, subjectsOfEndedLease(lease));
    }
    if (found.length >= STEP_ROWS) yield* writeInSteps(db, found.splice(0), (row) => ended.insert(row));
  }
  yield* writeInSteps(db, found, (row) => ended.insert(row));
  yield* buckets.write(db, ended);
}

function* foldEvents(db: DatabaseSync, { events }: Statements, rows: readonly OpenRow[]): Steps<void> {
  const found: HistoryRow[] = [];
  const buckets = new BucketEntries();
  for (const { version, batch } of rows) {
    for (const document of batch.events) {
      const event = JSON.parse(document) as WorldEvent;
      found.push({ number: event.seq, version, document });
      buckets.add(event.seq, subjectsOfEvent(event));
    }
    if (found.length >= STEP_ROWS) yield* writeInSteps(db, found.splice(0), (row) => events.insert(row));
  }
  yield* writeInSteps(db, found, (row) => events.insert(row));
  yield* buckets.write(db, events);
}

/** Which subjects occur in which buckets, each once. */
class BucketEntries {
  readonly #subjects = new Map<number, Set<string>>();

  add(number: number, subjects: readonly string[]): void {
    const bucket = bucketOf(number);
    let known = this.#subjects.get(bucket);
    if (known === undefined) this.#subjects.set(bucket, (known = new Set()));
    for (const subject of subjects) known.add(subject);
  }

  *write(db: DatabaseSync, history: HistoryStatements): Steps<void> {
    for (const [bucket, subjects] of this.#subjects) {
      yield* writeInSteps(db, [...subjects].toSorted(compare), (subject) =>
        history.addToBucket(bucket, subject),
      );
    }
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
