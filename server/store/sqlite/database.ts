import { DatabaseSync } from 'node:sqlite';
import type { DocumentKind, EndedLease, Run, WorldEvent, WorldMeta } from '@poolkeeper/core';
import { StaleTerm } from '../contract.ts';
import type { EndedLeaseQuery, EventQuery, KnownKey, RunQuery, TurnoverQuery } from '../contract.ts';
import type { RunLogEnd, RunLogEntry, RunLogQuery } from '../run-log-contract.ts';
import { DOCUMENT_VERSION } from '../lift.ts';
import { countEnded } from './batch-text.ts';
import { foldJournal } from './fold.ts';
import { listHistory } from './history.ts';
import type { HistoryQuery } from './history.ts';
import type { EndedStatements } from './history-statements.ts';
import type { JournalRow } from './journal-statements.ts';
import { migrate, requireOurDatabase } from './migrate.ts';
import { findEndedIn, mergePage, openRows, overlayOf } from './overlay.ts';
import type { Overlay } from './overlay.ts';
import { pruneHistory } from './prune.ts';
import { pageOfHistory, pageOfRunLog } from './history-pages.ts';
import type { RunLogPlace, TextHistory } from './history-pages.ts';
import { prepareStatements } from './statements.ts';
import type { Statements } from './statements.ts';
import { runToEnd } from './steps.ts';
import type { Steps } from './steps.ts';
import { subjectsOfEndedLease, subjectsOfEvent, subjectsOfRun } from './subjects.ts';
import { inRelaxedTransaction, inTransaction } from './transaction.ts';

/** How long a statement waits for another program that has the file open. */
const BUSY_TIMEOUT_MS = 5_000;
const PAGE_BYTES = 8_192;
const CACHE_KIB = 65_536;
/** After how many pages the write-ahead log is brought into the file. More: fewer but longer pauses. */
const CHECKPOINT_PAGES = 2_000;
/** How much the journal holds before it is folded; more lets more changes of the same document fall together. */
const FOLD_AT_CHARACTERS = 2 ** 21;
/** Past this the writer must wait for the fold: bounds memory, and how long an opening takes. */
const JOURNAL_CHARACTERS_MAX = 4 * FOLD_AT_CHARACTERS;
const LOAD_PAGE_ROWS = 2_000;

/** A batch as text, and how many leases and runs end in it. */
export type CommitInput = { term: number; body: string; ended: number; runs: number };

/** Documents as one JSON array text, with the version of each; parsing is the reader's work. */
export type DocumentsText = { readonly text: string; readonly versions: readonly number[] };

/**
 * The database file and everything that is done to it, one call after another, on the thread that calls.
 *
 * A commit appends its batch to the journal. Folding moves journal rows into the tables; it goes in steps, which the thread
 * makes while no commit is waiting. What is read is always tables and journal together.
 */
export class Database implements Disposable {
  readonly #db: DatabaseSync;
  readonly #statements: Statements;
  /** Journal rows that the running fold takes, and those after them. */
  #folding: JournalRow[] = [];
  #waiting: JournalRow[];
  #fold: Steps<void> | undefined;
  #waitingCharacters: number;
  #lastNumber: number;
  #endedCount: number;
  #runCount: number;
  /** A fold that failed is tried again after the next commit. */
  #isFoldFailing = false;
  #loadOverlay: Overlay | undefined;

  constructor(input: { file: string; pageCountMax?: number }) {
    this.#db = new DatabaseSync(input.file, { timeout: BUSY_TIMEOUT_MS });
    try {
      requireOurDatabase(this.#db);
      configure(this.#db, input.pageCountMax);
      migrate(this.#db);
      this.#statements = prepareStatements(this.#db);
      this.#waiting = this.#statements.journal.readAll();
      this.#endedCount = this.#statements.ended.lastNumber() ?? 0;
      this.#runCount = this.#statements.runs.lastNumber() ?? 0;
    } catch (error) {
      this.#db.close();
      throw error;
    }
    const last = this.#waiting.at(-1);
    this.#waitingCharacters = this.#waiting.reduce((sum, { body }) => sum + body.length, 0);
    this.#lastNumber = last?.number ?? 0;
    if (last === undefined) return;
    const { leases, runs } = countEnded(last.body);
    this.#endedCount = last.endedBefore + leases;
    this.#runCount = last.runsBefore + runs;
  }

  claim(): number {
    return this.#statements.journal.raiseTerm();
  }

  /** Appends the batch; it is durable when this returns. */
  commit(input: CommitInput): void {
    if (this.#waitingCharacters > JOURNAL_CHARACTERS_MAX) runToEnd(this.#settle());
    const row: JournalRow = {
      number: this.#lastNumber + 1,
      version: DOCUMENT_VERSION,
      endedBefore: this.#endedCount,
      runsBefore: this.#runCount,
      body: input.body,
    };
    if (!this.#statements.journal.append(row, input.term)) {
      throw new StaleTerm('Another writer has taken over. What this one decided since was not written.');
    }
    this.#waiting.push(row);
    this.#waitingCharacters += row.body.length;
    this.#lastNumber = row.number;
    this.#endedCount += input.ended;
    this.#runCount += input.runs;
    this.#isFoldFailing = false;
  }

  /** Is there a step of a fold to make? */
  get isFoldDue(): boolean {
    if (this.#isFoldFailing) return false;
    return this.#fold !== undefined || this.#waitingCharacters >= FOLD_AT_CHARACTERS;
  }

  foldStep(): void {
    if (this.#fold === undefined) {
      this.#folding = this.#waiting;
      this.#waiting = [];
      this.#waitingCharacters = 0;
      this.#fold = foldJournal(this.#db, this.#statements, this.#folding);
    }
    try {
      if (this.#fold.next().done !== true) return;
      this.#folding = [];
    } catch (error) {
      this.#waiting = [...this.#folding, ...this.#waiting];
      this.#waitingCharacters = this.#waiting.reduce((sum, { body }) => sum + body.length, 0);
      this.#folding = [];
      this.#isFoldFailing = true;
      throw error;
    } finally {
      if (this.#folding.length === 0) this.#fold = undefined;
    }
  }

  /** Begins a load: fixes what the journal adds to the tables. Writes nothing, so it works on a full disk. */
  startLoad(): WorldMeta {
    const rows = openRows([...this.#folding, ...this.#waiting]);
    this.#loadOverlay = overlayOf(rows);
    return rows.at(-1)?.batch.meta ?? this.#statements.journal.readMeta();
  }

  loadPage({ kind, after }: { kind: DocumentKind; after: string }): DocumentsText & { next: string | null } {
    const page = this.#statements.documents[kind].page(after, LOAD_PAGE_ROWS);
    const isLast = page.length < LOAD_PAGE_ROWS;
    const overlay = this.#loadOverlay?.[kind] ?? new Map<string, never>();
    const merged = mergePage({ page, overlay, after, isLast });
    // The journal alone may hold more than a page.
    const rows = merged.slice(0, LOAD_PAGE_ROWS);
    if (rows.length < merged.length) return { ...asText(rows), next: rows.at(-1)?.id ?? null };
    return { ...asText(rows), next: isLast ? null : (page.at(-1)?.id ?? null) };
  }

  /** One that is not in the tables yet is found in the journal: to wait for the fold would take too long. */
  findEndedLease(id: string): DocumentsText {
    return this.#findOver(this.#statements.ended, 'ended', id);
  }

  findRun(id: string): DocumentsText {
    return this.#findOver(this.#statements.runs, 'runs', id);
  }

  *listEndedLeases(query: EndedLeaseQuery): Steps<DocumentsText & { next: string | null }> {
    yield* this.#settle();
    const subjects: string[] = [];
    if (query.holder !== undefined) subjects.push(`holder/${query.holder}`);
    if (query.pool !== undefined) subjects.push(`pool/${query.pool}`);
    return yield* listOver(this.#statements.ended, {
      ...query,
      subjects,
      subjectsOf: (document) => subjectsOfEndedLease(document as EndedLease),
    });
  }

  *listRuns(query: RunQuery): Steps<DocumentsText & { next: string | null }> {
    yield* this.#settle();
    return yield* listOver(this.#statements.runs, {
      ...query,
      subjects: subjectsOfRun(query),
      subjectsOf: (document) => subjectsOfRun(document as Run),
    });
  }

  *listTurnovers(query: TurnoverQuery): Steps<DocumentsText> {
    yield* this.#settle();
    return asText(this.#statements.turnovers.list(query));
  }

  /** Durable when it returns; beside the journal, since no decision makes a key. */
  keepKeys(keys: readonly KnownKey[]): void {
    inTransaction(this.#db, () => {
      for (const key of keys) this.#statements.keys.keep(key);
    });
  }

  listKeys(): readonly KnownKey[] {
    return this.#statements.keys.list();
  }

  *listEvents(query: EventQuery): Steps<DocumentsText> {
    yield* this.#settle();
    const rows = yield* listHistory(this.#statements.events, {
      direction: 'up',
      from: query.after,
      limit: query.limit,
      subjects: subjectsOfEvent(query),
      subjectsOf: (document) => subjectsOfEvent(document as WorldEvent),
    });
    return asText(rows);
  }

  *historyPage(input: {
    part: TextHistory;
    after: string | null;
  }): Steps<DocumentsText & { next: string | null }> {
    yield* this.#settle();
    const { rows, next } = pageOfHistory(this.#statements, input);
    return { ...asText(rows), next };
  }

  runLogPage(after: RunLogPlace | null): { entries: readonly RunLogEntry[]; next: RunLogPlace | null } {
    return pageOfRunLog(this.#statements, after);
  }

  /** Without waiting for the disk: what a crash of the machine takes is of the last moments, and nothing hangs on it. */
  appendRunLog(entries: readonly RunLogEntry[]): null {
    inRelaxedTransaction(this.#db, () => {
      for (const entry of entries) this.#statements.runLog.insert(entry);
    });
    return null;
  }

  readRunLog(query: RunLogQuery): readonly RunLogEntry[] {
    return this.#statements.runLog.read(query);
  }

  endOfRunLog(run: string): RunLogEnd {
    return this.#statements.runLog.endOf(run);
  }

  *prune(input: { eventsBelow: number; endedBefore: number; limit: number }): Steps<number> {
    yield* this.#settle();
    return yield* pruneHistory(this.#db, this.#statements, input);
  }

  [Symbol.dispose](): void {
    try {
      runToEnd(this.#settle());
    } catch {
      // The journal still has it: the next opening reads it there.
    }
    this.#db.close();
  }

  #findOver(statements: EndedStatements, what: 'ended' | 'runs', id: string): DocumentsText {
    const row = statements.find(id) ?? findEndedIn([...this.#folding, ...this.#waiting], what, id);
    return asText(row === undefined ? [] : [row]);
  }

  /** Folds everything that is committed by now. */
  *#settle(): Steps<void> {
    const target = this.#lastNumber;
    for (;;) {
      const oldest = this.#folding[0] ?? this.#waiting[0];
      if (oldest === undefined || oldest.number > target) return;
      this.foldStep();
      yield;
    }
  }
}

/** A page of what is over, the last ended first. */
function* listOver(
  statements: EndedStatements,
  query: Pick<HistoryQuery, 'limit' | 'subjects' | 'subjectsOf'> & { readonly cursor?: string },
): Steps<DocumentsText & { next: string | null }> {
  const { cursor, limit, subjects, subjectsOf } = query;
  const rows = yield* listHistory(statements, {
    direction: 'down',
    from: cursor === undefined ? Number.MAX_SAFE_INTEGER : readCursor(cursor),
    // One more says whether there is a next page.
    limit: limit + 1,
    subjects,
    subjectsOf,
  });
  const page = rows.slice(0, limit);
  return { ...asText(page), next: rows.length > page.length ? String(page.at(-1)?.number) : null };
}

function configure(db: DatabaseSync, pageCountMax: number | undefined): void {
  db.exec(`pragma page_size = ${PAGE_BYTES}`);
  db.exec('pragma journal_mode = wal');
  db.exec('pragma synchronous = full');
  db.exec(`pragma cache_size = -${CACHE_KIB}`);
  db.exec(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  db.exec(`pragma cell_size_check = on`);
  if (pageCountMax !== undefined) db.exec(`pragma max_page_count = ${pageCountMax}`);
}

/** Below the number that a cursor says; a text that is no cursor is below everything. */
function readCursor(cursor: string): number {
  const number = Number(cursor);
  return Number.isSafeInteger(number) ? number : 0;
}

function asText(rows: readonly { readonly version: number; readonly document: string }[]): DocumentsText {
  return {
    text: `[${rows.map(({ document }) => document).join(',')}]`,
    versions: rows.map(({ version }) => version),
  };
}
