import { DOCUMENT_KINDS } from '@poolkeeper/core';
import type { EndedLease, Run, SealedRecord, WorldEvent, WorldMeta } from '@poolkeeper/core';
import { StaleTerm, StoreFailure } from '../contract.ts';
import type {
  Batch,
  CopyableStore,
  EndedLeaseQuery,
  EventQuery,
  HistoryPage,
  KnownKey,
  Page,
  RunQuery,
  StoredDocument,
  TurnoverQuery,
} from '../contract.ts';
import type { Clock } from '../../timers.ts';
import { WentBack } from '../shared-contract.ts';
import type {
  Halt,
  Leadership,
  ReplicaCard,
  ReplicaReport,
  SharedStore,
  WorldChanges,
} from '../shared-contract.ts';
import { changesOf, noteChanges } from './memory-changes.ts';
import { copyMemoryDisk } from './memory-disk.ts';
import type { MemoryDisk } from './memory-disk.ts';
import type { RunLogStore } from '../run-log-contract.ts';
import { addToHistory, findInHistory, pageOfHistory, pruneHistory } from './memory-history.ts';
import {
  acquireTerm,
  haltDisk,
  keepReport,
  lastBatchOf,
  leadershipAt,
  raiseTerm,
  renewTerm,
  reportsAt,
  requireTerm,
  resignTerm,
} from './memory-leadership.ts';
import { tellNews, watchDisk } from './memory-news.ts';
import { readMemoryHistory } from './read-memory-history.ts';
import { memoryRunLog, pruneRunLog } from './memory-run-log.ts';

const LOAD_PAGE_ROWS = 100;
/** Time that does not pass: a term that was acquired lasts until it is given up. */
const STANDING_CLOCK: Clock = { now: () => 0 };

/** Where a simulation makes the store fail, by throwing. */
export type MemoryFaults = {
  /** Nothing of the batch is written. */
  beforeCommit?(batch: Batch): void;
  /** All of the batch is written, and the caller is told that it failed. */
  afterCommit?(batch: Batch): void;
  beforeLoad?(): void;
};

/**
 * Opens a store on a disk in memory, for tests and simulations: no I/O, no timers, the same answers in the same order each time. A
 * crash is to forget the store and open another on the same disk; several may be open on one disk, as several processes are on one
 * database. `clock` is the database's.
 */
export async function openMemoryStore(
  disk: MemoryDisk,
  faults: MemoryFaults = {},
  clock: Clock = STANDING_CLOCK,
): Promise<SharedStore & CopyableStore> {
  return new MemoryStore({ disk, faults, clock });
}

class MemoryStore implements SharedStore, CopyableStore {
  readonly runLog: RunLogStore = memoryRunLog(() => this.#open());
  readonly #disk: MemoryDisk;
  readonly #faults: MemoryFaults;
  readonly #clock: Clock;
  readonly #watches = new DisposableStack();
  #isClosed = false;
  #commits: Promise<void> = Promise.resolve();
  #failures = 0;
  #failuresSeen = 0;
  /** The term that was got through this store; no other can be written under. */
  #term = 0;
  /** The last batch that this store wrote, or that was there when its writer began. */
  #batchSeen = 0;

  constructor({ disk, faults, clock }: { disk: MemoryDisk; faults: MemoryFaults; clock: Clock }) {
    this.#disk = disk;
    this.#faults = faults;
    this.#clock = clock;
  }

  async claim(): Promise<number> {
    const disk = this.#open();
    raiseTerm(disk);
    this.#term = disk.term;
    this.#batchSeen = disk.batch;
    tellNews(disk);
    return disk.term;
  }

  async load(): Promise<{ meta: WorldMeta; documents: AsyncIterable<readonly StoredDocument[]> }> {
    const disk = this.#open();
    failing(() => this.#faults.beforeLoad?.());
    return { meta: { ...disk.meta }, documents: loadPages(disk) };
  }

  async commit(batch: Batch): Promise<void> {
    const failuresSeen = this.#failuresSeen;
    const committed = this.#commits.then(() => this.#write(batch, failuresSeen));
    this.#commits = committed.catch(() => {});
    try {
      await committed;
    } catch (error) {
      this.#failuresSeen += 1;
      throw error;
    }
  }

  async findEndedLease(id: string): Promise<EndedLease | undefined> {
    return findInHistory<EndedLease>(this.#open().ended, id);
  }

  async listEndedLeases({ holder, pool, limit, cursor }: EndedLeaseQuery): Promise<Page<EndedLease>> {
    const fits = (lease: EndedLease): boolean =>
      (holder === undefined || lease.holder === holder) &&
      (pool === undefined || lease.items.some((item) => item.pool === pool));
    return pageOfHistory(this.#open().ended, { limit, cursor, fits });
  }

  async findRun(id: string): Promise<Run | undefined> {
    return findInHistory<Run>(this.#open().runs, id);
  }

  async listRuns({ resource, pool, limit, cursor }: RunQuery): Promise<Page<Run>> {
    const fits = (run: Run): boolean =>
      (resource === undefined || run.resource === resource) && (pool === undefined || run.pool === pool);
    return pageOfHistory(this.#open().runs, { limit, cursor, fits });
  }

  async listTurnovers({ resource, after = 0, limit }: TurnoverQuery): Promise<readonly SealedRecord[]> {
    const rows = this.#open().turnovers.get(resource) ?? [];
    return rows
      .filter(({ number }) => number > after)
      .slice(0, limit)
      .map(({ text }) => JSON.parse(text) as SealedRecord);
  }

  async keepKeys(keys: readonly KnownKey[]): Promise<void> {
    const disk = this.#open();
    for (const key of keys) disk.keys.set(key.x, { ...key });
  }

  async listKeys(): Promise<readonly KnownKey[]> {
    return [...this.#open().keys.values()].toSorted((a, b) => a.validFrom - b.validFrom);
  }

  async listEvents({ after, limit, ...names }: EventQuery): Promise<readonly WorldEvent[]> {
    const wanted = Object.entries(names) as ['pool' | 'resource' | 'lease' | 'holder', string | undefined][];
    return this.#open()
      .events.filter(({ seq }) => seq > after)
      .map(({ text }) => JSON.parse(text) as WorldEvent)
      .filter((event) => wanted.every(([member, name]) => name === undefined || event[member] === name))
      .slice(0, limit);
  }

  async prune(input: { eventsBelow: number; endedBefore: number; limit: number }): Promise<number> {
    const disk = this.#open();
    const events = disk.events.slice(0, input.limit).filter(({ seq }) => seq < input.eventsBelow).length;
    disk.events.splice(0, events);
    const { endedBefore, limit } = input;
    const leases = pruneHistory(disk.ended, { endedBefore, limit: limit - events });
    const runs = pruneHistory(disk.runs, { endedBefore, limit: limit - events - leases });
    const history = events + leases + runs;
    return history + pruneRunLog(disk, { before: endedBefore, limit: limit - history });
  }

  async *readHistory(): AsyncGenerator<HistoryPage, void, undefined> {
    yield* readMemoryHistory(this.#open());
  }

  async backup(path: string): Promise<void> {
    const disk = this.#open();
    if (disk.backups.has(path))
      throw new StoreFailure(`The backup ${path} exists already. Name one that does not.`);
    disk.backups.set(path, copyMemoryDisk(disk));
  }

  async findLeadership(): Promise<Leadership> {
    return leadershipAt(this.#open(), this.#clock.now());
  }

  async lastBatchOf(term: number): Promise<number | undefined> {
    return lastBatchOf(this.#open(), term);
  }

  async acquire(input: { readonly replica: ReplicaCard; readonly forMs: number }): Promise<Leadership> {
    const disk = this.#open();
    const now = this.#clock.now();
    const isTaken = acquireTerm(disk, { replica: input.replica, until: now + input.forMs, now });
    if (isTaken) {
      this.#term = disk.term;
      this.#batchSeen = disk.batch;
      tellNews(disk);
    }
    return leadershipAt(disk, now);
  }

  async renew({ term, forMs }: { readonly term: number; readonly forMs: number }): Promise<Leadership> {
    const disk = this.#open();
    const now = this.#clock.now();
    this.#requireBatches(term);
    renewTerm(disk, { term, until: now + forMs });
    return leadershipAt(disk, now);
  }

  async resign(term: number): Promise<void> {
    const disk = this.#open();
    if (resignTerm(disk, term)) tellNews(disk);
  }

  async halt(halt: Halt): Promise<void> {
    const disk = this.#open();
    if (haltDisk(disk, halt)) tellNews(disk);
  }

  async resume(): Promise<void> {
    const disk = this.#open();
    disk.halt = null;
    tellNews(disk);
  }

  watch(onNews: () => void): AsyncDisposable {
    const watch = this.#watches.use(watchDisk(this.#open(), onNews));
    return { [Symbol.asyncDispose]: async () => watch[Symbol.dispose]() };
  }

  async changesAfter(after: number): Promise<WorldChanges | undefined> {
    const disk = this.#open();
    failing(() => this.#faults.beforeLoad?.());
    return changesOf(disk, after);
  }

  async reportReplica(report: ReplicaReport): Promise<void> {
    keepReport(this.#open(), report, this.#clock.now());
  }

  async listReplicas(): Promise<readonly (ReplicaReport & { readonly seenMsAgo: number })[]> {
    return reportsAt(this.#open(), this.#clock.now());
  }

  async readShared(name: string): Promise<string | undefined> {
    return this.#open().shared.get(name);
  }

  async writeShared(input: { name: string; text: string; before: string | undefined }): Promise<string> {
    const { shared } = this.#open();
    if (shared.get(input.name) === input.before) shared.set(input.name, input.text);
    return shared.get(input.name) ?? input.text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#commits;
    this.#watches.dispose();
    this.#isClosed = true;
  }

  #open(): MemoryDisk {
    if (this.#isClosed) throw new StoreFailure('The store is closed.');
    return this.#disk;
  }

  /** Errors: `WentBack` where what was acknowledged here under the term is not there. */
  #requireBatches(term: number): void {
    const disk = this.#open();
    const there = lastBatchOf(disk, term) ?? disk.batch;
    // Of a halt it is known already.
    if (disk.halt === null && term === this.#term && there < this.#batchSeen)
      throw new WentBack(`The database has ${there} batches; ${this.#batchSeen} were there before.`);
  }

  #write(batch: Batch, failuresSeen: number): void {
    try {
      if (failuresSeen < this.#failures) {
        throw new StoreFailure('An earlier change could not be written, so this one was not tried.');
      }
      const disk = this.#open();
      failing(() => this.#faults.beforeCommit?.(batch));
      this.#requireBatches(batch.term);
      requireTerm(disk, batch.term === this.#term ? batch.term : -1);
      apply(disk, batch);
      this.#batchSeen = disk.batch;
      tellNews(disk);
      failing(() => this.#faults.afterCommit?.(batch));
    } catch (error) {
      this.#failures += 1;
      throw error;
    }
  }
}

function apply(disk: MemoryDisk, batch: Batch): void {
  const upserts = batch.upserts.map(({ kind, id, document }) => ({
    kind,
    id,
    text: JSON.stringify(document),
  }));
  for (const { kind, id, text } of upserts) disk.documents[kind].set(id, text);
  for (const { kind, id } of batch.deletes) disk.documents[kind].delete(id);
  for (const lease of batch.ended) addToHistory(disk.ended, lease);
  for (const run of batch.runs) addToHistory(disk.runs, { ...run, endedAt: run.endedAt ?? run.startedAt });
  for (const record of batch.records) {
    const rows = disk.turnovers.get(record.resource) ?? [];
    rows.push({ number: record.number, text: JSON.stringify(record) });
    disk.turnovers.set(record.resource, rows);
  }
  for (const event of batch.events) disk.events.push({ seq: event.seq, text: JSON.stringify(event) });
  noteChanges(disk, batch);
  const { instant, eventSeq, leaseSeq } = batch.meta;
  disk.meta = { instant, eventSeq, leaseSeq };
}

async function* loadPages(disk: MemoryDisk): AsyncGenerator<readonly StoredDocument[], void, undefined> {
  for (const kind of DOCUMENT_KINDS) {
    const inOrder = [...disk.documents[kind]].toSorted(([a], [b]) =>
      Buffer.compare(Buffer.from(a), Buffer.from(b)),
    );
    for (let at = 0; at < inOrder.length; at += LOAD_PAGE_ROWS) {
      yield inOrder
        .slice(at, at + LOAD_PAGE_ROWS)
        .map(([, text]) => ({ kind, document: JSON.parse(text) }) as StoredDocument);
    }
  }
}

/** What a fault throws comes out as a real store's failure would. */
function failing(fault: () => void): void {
  try {
    fault();
  } catch (error) {
    if (error instanceof StoreFailure || error instanceof StaleTerm) throw error;
    throw new StoreFailure('The store failed. Its log line says how.', { cause: error });
  }
}
