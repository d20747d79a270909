import type { DatabaseSync } from 'node:sqlite';
import type { DocumentKind, EndedLease, Run, SealedRecord, WorldEvent } from '@poolkeeper/core';
import type { BatchText } from './batch-text.ts';
import type { EndedStatements, HistoryRow, HistoryStatements } from './history-statements.ts';
import type { JournalRow } from './journal-statements.ts';
import { openRows, overlayOf } from './overlay.ts';
import type { OpenRow, Overlay } from './overlay.ts';
import type { Statements } from './statements.ts';
import { STEP_ROWS, writeInSteps } from './steps.ts';
import type { Steps } from './steps.ts';
import { bucketOf, subjectsOfEndedLease, subjectsOfEvent, subjectsOfRun } from './subjects.ts';
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
  yield* foldOver<EndedLease>(db, open, {
    statements: statements.ended,
    textsOf: ({ ended }) => ended,
    before: ({ endedBefore }) => endedBefore,
    endedAt: ({ endedAt }) => endedAt,
    subjectsOf: subjectsOfEndedLease,
  });
  yield* foldOver<Run>(db, open, {
    statements: statements.runs,
    textsOf: ({ runs }) => runs,
    before: ({ runsBefore }) => runsBefore,
    endedAt: ({ endedAt, startedAt }) => endedAt ?? startedAt,
    subjectsOf: subjectsOfRun,
  });
  yield* foldTurnovers(db, statements, open);
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

/** What is over of one kind: where it stands in a batch, how it is numbered, and what it is found by. */
type Over<T> = {
  readonly statements: EndedStatements;
  readonly textsOf: (batch: BatchText) => readonly string[];
  readonly before: (row: JournalRow) => number;
  readonly endedAt: (document: T) => number;
  readonly subjectsOf: (document: T) => readonly string[];
};

function* foldOver<T extends { readonly id: string }>(
  db: DatabaseSync,
  rows: readonly OpenRow[],
  { statements, textsOf, before, endedAt, subjectsOf }: Over<T>,
): Steps<void> {
  const found: (HistoryRow & { id: string; endedAt: number })[] = [];
  const buckets = new BucketEntries();
  for (const row of rows) {
    for (const [index, document] of textsOf(row.batch).entries()) {
      const over = JSON.parse(document) as T;
      const number = before(row) + index + 1;
      found.push({ number, version: row.version, document, id: over.id, endedAt: endedAt(over) });
      buckets.add(number, subjectsOf(over));
    }
    if (found.length >= STEP_ROWS) yield* writeInSteps(db, found.splice(0), (one) => statements.insert(one));
  }
  yield* writeInSteps(db, found, (one) => statements.insert(one));
  yield* buckets.write(db, statements);
}

function* foldTurnovers(db: DatabaseSync, { turnovers }: Statements, rows: readonly OpenRow[]): Steps<void> {
  const found = rows.flatMap(({ version, batch }) =>
    batch.records.map((document) => {
      const { resource, number } = JSON.parse(document) as SealedRecord;
      return { resource, number, version, document };
    }),
  );
  yield* writeInSteps(db, found, (row) => turnovers.insert(row));
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
