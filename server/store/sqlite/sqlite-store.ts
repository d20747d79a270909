import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EndedLease, Run, SealedRecord, WorldEvent, WorldMeta } from '@poolkeeper/core';
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
import type { RunLogStore } from '../run-log-contract.ts';
import { backUpDatabase, DATABASE_FILE, DIRECTORY_MODE, FILE_MODE } from './backup.ts';
import { writeBatchText } from './batch-text.ts';
import { lockDirectory } from './directory-lock.ts';
import { asStoreFailure } from './failure.ts';
import { loadDocuments, parseDocuments } from './load-documents.ts';
import { requireOurDatabase } from './migrate.ts';
import { readHistory } from './read-history.ts';
import { ThreadLink } from './thread-link.ts';

export type SqliteStoreOptions = {
  /** The data directory; made when it is not there. */
  readonly directory: string;
  /** The most pages of 4 KiB that the file may grow to; without it, the disk is the bound. */
  readonly pageCountMax?: number;
};

/**
 * Opens the store of a data directory, or makes it, and keeps other processes off the directory until it is disposed.
 *
 * Errors: `StoreFailure` when another process has the directory, or the file is damaged, another program's or a newer
 * release's; nothing is written then.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<CopyableStore> {
  try {
    mkdirSync(options.directory, { recursive: true, mode: DIRECTORY_MODE });
    const lock = lockDirectory(options.directory);
    try {
      const file = join(options.directory, DATABASE_FILE);
      prepareFile(file);
      const { pageCountMax } = options;
      const link = await ThreadLink.open({ file, ...(pageCountMax === undefined ? {} : { pageCountMax }) });
      return new SqliteStore({ link, lock, file });
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  } catch (error) {
    throw asStoreFailure(error);
  }
}

/** A file that is there is looked at without the right to write, so that one which is refused stays as it is. */
function prepareFile(file: string): void {
  if (!existsSync(file)) return closeSync(openSync(file, 'a', FILE_MODE));
  if (statSync(file).size === 0) return;
  using db = new DatabaseSync(file, { readOnly: true });
  requireOurDatabase(db);
}

class SqliteStore implements CopyableStore {
  readonly runLog: RunLogStore;
  readonly #link: ThreadLink;
  readonly #lock: Disposable;
  readonly #file: string;

  constructor(input: { link: ThreadLink; lock: Disposable; file: string }) {
    const { link } = input;
    this.runLog = {
      append: async (entries) => void (await link.call('appendRunLog', entries)),
      read: (query) => link.call('readRunLog', query),
      endOf: (run) => link.call('endOfRunLog', run),
    };
    this.#link = link;
    this.#lock = input.lock;
    this.#file = input.file;
  }

  claim(): Promise<number> {
    return this.#link.call('claim', null);
  }

  async load(): Promise<{ meta: WorldMeta; documents: AsyncIterable<readonly StoredDocument[]> }> {
    const meta = await this.#link.call('startLoad', null);
    return { meta, documents: loadDocuments(this.#link) };
  }

  commit(batch: Batch): Promise<void> {
    const { term, ended, runs } = batch;
    const body = writeBatchText(batch);
    return this.#link.commit({ term, body, ended: ended.length, runs: runs.length });
  }

  async findEndedLease(id: string): Promise<EndedLease | undefined> {
    return parseDocuments('endedLease', await this.#link.call('findEndedLease', id))[0];
  }

  async listEndedLeases(query: EndedLeaseQuery): Promise<Page<EndedLease>> {
    const page = await this.#link.call('listEndedLeases', query);
    return { items: parseDocuments('endedLease', page), next: page.next };
  }

  async findRun(id: string): Promise<Run | undefined> {
    return parseDocuments('endedRun', await this.#link.call('findRun', id))[0];
  }

  async listRuns(query: RunQuery): Promise<Page<Run>> {
    const page = await this.#link.call('listRuns', query);
    return { items: parseDocuments('endedRun', page), next: page.next };
  }

  async listTurnovers(query: TurnoverQuery): Promise<readonly SealedRecord[]> {
    return parseDocuments('turnover', await this.#link.call('listTurnovers', query));
  }

  async keepKeys(keys: readonly KnownKey[]): Promise<void> {
    await this.#link.call('keepKeys', keys);
  }

  listKeys(): Promise<readonly KnownKey[]> {
    return this.#link.call('listKeys', null);
  }

  async listEvents(query: EventQuery): Promise<readonly WorldEvent[]> {
    return parseDocuments('event', await this.#link.call('listEvents', query));
  }

  prune(input: { eventsBelow: number; endedBefore: number; limit: number }): Promise<number> {
    return this.#link.call('prune', input);
  }

  readHistory(): AsyncIterable<HistoryPage> {
    return readHistory(this.#link);
  }

  backup(path: string): Promise<void> {
    return backUpDatabase(this.#file, path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link[Symbol.asyncDispose]();
    this.#lock[Symbol.dispose]();
  }
}
