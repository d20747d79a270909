import type {
  DocumentKind,
  Documents,
  EndedLease,
  Run,
  SealedRecord,
  WorldEvent,
  WorldMeta,
} from '@poolkeeper/core';
import type { RunLogEntry, RunLogStore } from './run-log-contract.ts';

/**
 * The durable memory of one world: load everything live, commit one batch in one transaction under a fence, read history.
 * It decides nothing.
 *
 * The contract is asynchronous and fenced so that a store on another machine fits it without a change above. Every store
 * passes the one suite in `contract-suite.ts`.
 */
export type Store = AsyncDisposable & {
  /**
   * Makes the caller the one writer: answers a term higher than every earlier one and durable before it is answered.
   * A commit under an older term fails from then on.
   */
  claim(): Promise<number>;

  /**
   * What was committed, as it was committed. `documents` come in pages, in the order of `DOCUMENT_KINDS`, ids ascending by
   * code point. Nothing may be committed between the call and the last page.
   */
  load(): Promise<{ meta: WorldMeta; documents: AsyncIterable<readonly StoredDocument[]> }>;

  /**
   * Writes the batch in one transaction, durable when the promise resolves; all of it or, when it rejects, nothing that
   * may be relied on: after a rejection the writer must load again.
   *
   * Batches are written in the order of the calls. A call that was made before the rejection of an earlier one was seen is
   * rejected with it, since its batch builds on what may not be there.
   *
   * Errors: `StaleTerm` when another writer has claimed the store; anything else is `StoreFailure` with its cause.
   */
  commit(batch: Batch): Promise<void>;

  /** A lease that is over, or undefined. */
  findEndedLease(id: string): Promise<EndedLease | undefined>;

  /** Leases that are over, the last ended first. */
  listEndedLeases(query: EndedLeaseQuery): Promise<Page<EndedLease>>;

  /** Events with `seq` above `after`, ascending, at most `limit`; `pool` and the rest narrow it to what belongs to all of them. */
  listEvents(query: EventQuery): Promise<readonly WorldEvent[]>;

  /** What the steps of runs put out. */
  readonly runLog: RunLogStore;

  /** A run that is over, or undefined. */
  findRun(id: string): Promise<Run | undefined>;

  /** Runs that are over, the last ended first. */
  listRuns(query: RunQuery): Promise<Page<Run>>;

  /** Turnovers of a resource numbered above `after`, ascending, at most `limit`; also of a resource that is gone. */
  listTurnovers(query: TurnoverQuery): Promise<readonly SealedRecord[]>;

  /** Remembers public halves of keys, each in the place of what was known of it. */
  keepKeys(keys: readonly KnownKey[]): Promise<void>;

  /** Every key that was ever kept, the first valid one first. */
  listKeys(): Promise<readonly KnownKey[]>;

  /**
   * Forgets events numbered below `seq`, leases and runs ended before `endedBefore`, and what runs put out before it, at most
   * `limit` rows; answers how many.
   * Turnovers stay: they are the proof.
   */
  prune(input: { eventsBelow: number; endedBefore: number; limit: number }): Promise<number>;

  /** Writes a copy that can be opened as a store of its own to a file that must not exist, while commits go on. */
  backup(path: string): Promise<void>;
};

export type StoredDocument = {
  [K in DocumentKind]: { readonly kind: K; readonly document: Documents[K] };
}[DocumentKind];

/** A store that can be copied: its live documents by `load`, and the rest by this. */
export type CopyableStore = Store & {
  /**
   * Everything that is not live, in pages: events, leases and runs that are over, each in the order in which it was written; turnovers
   * by resource and number, and what runs put out by run and number, names ascending by code point. Nothing may be written or pruned
   * between the call and the last page.
   */
  readHistory(): AsyncIterable<HistoryPage>;
};

/** A page of one history; never empty. */
export type HistoryPage = {
  [K in keyof HistoryItems]: { readonly part: K; readonly items: readonly HistoryItems[K][] };
}[keyof HistoryItems];
/** What there is beside live documents, in the order in which it is read. */
export type HistoryItems = {
  event: WorldEvent;
  endedLease: EndedLease;
  endedRun: Run;
  turnover: SealedRecord;
  runLog: RunLogEntry;
};

/** Everything that one group of decisions changed. A document appears at most once among upserts and deletes. */
export type Batch = {
  readonly term: number;
  readonly meta: WorldMeta;
  readonly upserts: readonly (StoredDocument & { readonly id: string })[];
  readonly deletes: readonly { readonly kind: DocumentKind; readonly id: string }[];
  readonly ended: readonly EndedLease[];
  /** Runs that are over, and turnovers that were recorded. */
  readonly runs: readonly Run[];
  readonly records: readonly SealedRecord[];
  readonly events: readonly WorldEvent[];
};

export type Page<T> = { readonly items: readonly T[]; readonly next: string | null };

/** Filters that are left out do not narrow. `cursor` is the `next` of an earlier page; after anything else comes nothing. */
export type EndedLeaseQuery = {
  readonly holder?: string;
  readonly pool?: string;
  readonly limit: number;
  readonly cursor?: string;
};

/** As for leases that are over. */
export type RunQuery = {
  readonly resource?: string;
  readonly pool?: string;
  readonly limit: number;
  readonly cursor?: string;
};

export type TurnoverQuery = { readonly resource: string; readonly after?: number; readonly limit: number };

/** The public half of a key that signs records: `x` of its JWK. Instants are milliseconds UTC; `validUntil` null: it signs today. */
export type KnownKey = {
  readonly x: string;
  readonly validFrom: number;
  readonly validUntil: number | null;
};

export type EventQuery = {
  readonly after: number;
  readonly limit: number;
  readonly pool?: string;
  readonly resource?: string;
  readonly lease?: string;
  readonly holder?: string;
};

/** Another writer has claimed the store; what this one decided since does not count. */
export class StaleTerm extends Error {
  override readonly name = 'StaleTerm';
}

/** The store could not do it: full disk, broken file, lost connection. The cause says which. */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
}
