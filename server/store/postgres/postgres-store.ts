import type { EndedLease, Run, SealedRecord, WorldEvent, WorldMeta } from '@poolkeeper/core';
import type { Client } from 'pg';
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
import type { Logger } from '../../logger.ts';
import type { Random, Timers } from '../../timers.ts';
import type { RunLogStore } from '../run-log-contract.ts';
import { WentBack } from '../shared-contract.ts';
import type {
  Halt,
  Leadership,
  ReplicaCard,
  ReplicaReport,
  SharedStore,
  WorldChanges,
} from '../shared-contract.ts';
import { Committer } from './committer.ts';
import { Connection } from './connection.ts';
import type { Ground } from './connection.ts';
import { changesAfter, loadWorld } from './documents.ts';
import type { OpenSnapshots } from './documents.ts';
import { asStoreFailure } from './failure.ts';
import * as history from './history.ts';
import { LeadershipRow } from './leadership.ts';
import { migrate } from './migrate.ts';
import { forgetLongDeleted, pruneHistory } from './prune.ts';
import { readHistory } from './read-history.ts';
import { PATIENCE_TO_FOLLOW, ReadPool } from './read-pool.ts';
import * as replicas from './replicas.ts';
import { appendRunLog, endOfRunLog, readRunLog } from './run-log.ts';
import { readTarget } from './target.ts';
import { Watcher } from './watcher.ts';

/** How long an opening waits for the database, and for a migration that another process makes. Milliseconds. */
const OPEN_PATIENCE = { connectMs: 10_000, answerMs: 120_000 };
/** After so many batches of ours, what was deleted long before is forgotten. */
const FORGET_EVERY_BATCHES = 1_000;

export type PostgresStoreOptions = {
  /** `postgres://user:password@one:5432,two:5432/poolkeeper?sslmode=verify-full`; all parts may come from the environment. */
  readonly url: string;
  /** Where `PG*` variables are. */
  readonly environment: NodeJS.ProcessEnv;
  readonly timers: Timers;
  /** Milliseconds since some moment, never set back. */
  readonly elapsed: () => number;
  readonly random: Random;
  readonly logger: Logger;
};

/**
 * Opens the store of a PostgreSQL database, and makes or raises its schema `poolkeeper`. Other processes may have it open too.
 *
 * Errors: `StoreFailure` when the database does not answer, refuses us, or belongs to another program or a newer release.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<SharedStore & CopyableStore> {
  const { url, environment, ...rest } = options;
  const ground: Ground = { ...rest, target: readTarget(url, environment) };
  const opening = new Connection(ground, 'poolkeeper migrate');
  try {
    await opening.use(OPEN_PATIENCE, migrate);
  } catch (error) {
    throw asStoreFailure(error, ground.target.name);
  } finally {
    await opening[Symbol.asyncDispose]();
  }
  return new PostgresStore(ground);
}

class PostgresStore implements SharedStore, CopyableStore {
  readonly runLog: RunLogStore;
  readonly #ground: Ground;
  readonly #reads: ReadPool;
  readonly #leading: Connection;
  readonly #leadership: LeadershipRow;
  readonly #committing: Connection;
  readonly #committer: Committer;
  readonly #watcher: Watcher;
  readonly #snapshots: OpenSnapshots = new Set();
  #batches = 0;
  #isClosed = false;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#reads = new ReadPool(ground);
    this.#leading = new Connection(ground, 'poolkeeper leadership');
    this.#leadership = new LeadershipRow(this.#leading);
    this.#committing = new Connection(ground, 'poolkeeper commit');
    this.#committer = new Committer(ground, this.#committing);
    this.#watcher = new Watcher(ground);
    this.runLog = {
      append: (entries) => this.#read((client) => appendRunLog(client, entries)),
      read: (query) => this.#read((client) => readRunLog(client, query)),
      endOf: (run) => this.#read((client) => endOfRunLog(client, run)),
    };
  }

  async claim(): Promise<number> {
    const { term, batch } = await this.#failing(() => this.#leadership.claim());
    this.#committer.begin({ term, batch, heldUntil: null });
    return term;
  }

  async load(): Promise<{ meta: WorldMeta; documents: AsyncIterable<readonly StoredDocument[]> }> {
    return await this.#failing(() => loadWorld(this.#reading));
  }

  async commit(batch: Batch): Promise<void> {
    await this.#committer.commit(batch);
    this.#batches += 1;
    if (this.#batches % FORGET_EVERY_BATCHES === 0) this.#forgetLongDeleted();
  }

  findLeadership(): Promise<Leadership> {
    return this.#failing(() => this.#leadership.find());
  }

  lastBatchOf(term: number): Promise<number | undefined> {
    return this.#failing(() => this.#leadership.lastBatchOf(term));
  }

  async acquire(input: { readonly replica: ReplicaCard; readonly forMs: number }): Promise<Leadership> {
    const heldUntil = this.#ground.elapsed() + input.forMs;
    const leadership = await this.#failing(() => this.#leadership.acquire(input));
    const { term, batch, keeper } = leadership;
    if (keeper?.id === input.replica.id) this.#committer.begin({ term, batch, heldUntil });
    return leadership;
  }

  async renew(input: { readonly term: number; readonly forMs: number }): Promise<Leadership> {
    const heldUntil = this.#ground.elapsed() + input.forMs;
    const acknowledged = this.#committer.lastBatch(input.term);
    const leadership = await this.#failing(() => this.#leadership.renew(input)).catch(
      async (error: unknown) => {
        const last = error instanceof StaleTerm ? await this.lastBatchOf(input.term) : undefined;
        this.#requireBatch(last ?? Infinity, acknowledged);
        throw error;
      },
    );
    // A keeper that has nothing to write would not find out otherwise.
    this.#requireBatch(leadership.batch, acknowledged);
    this.#committer.extend(input.term, heldUntil);
    return leadership;
  }

  resign(term: number): Promise<void> {
    return this.#failing(() => this.#leadership.resign(term));
  }

  halt(halt: Halt): Promise<void> {
    return this.#failing(() => this.#leadership.halt(halt));
  }

  resume(): Promise<void> {
    return this.#failing(() => this.#leadership.resume());
  }

  watch(onNews: () => void): AsyncDisposable {
    return this.#watcher.watch(onNews);
  }

  changesAfter(after: number): Promise<WorldChanges | undefined> {
    return this.#failing(() =>
      changesAfter(this.#reading, (work) => this.#reads.use(work, PATIENCE_TO_FOLLOW), after),
    );
  }

  reportReplica(report: ReplicaReport): Promise<void> {
    return this.#read((client) => replicas.reportReplica(client, report));
  }

  listReplicas(): Promise<readonly (ReplicaReport & { readonly seenMsAgo: number })[]> {
    return this.#read(replicas.listReplicas);
  }

  readShared(name: string): Promise<string | undefined> {
    return this.#read((client) => replicas.readShared(client, name));
  }

  writeShared(input: { name: string; text: string; before: string | undefined }): Promise<string> {
    return this.#read((client) => replicas.writeShared(client, input));
  }

  findEndedLease(id: string): Promise<EndedLease | undefined> {
    return this.#read((client) => history.findEndedLease(client, id));
  }

  listEndedLeases(query: EndedLeaseQuery): Promise<Page<EndedLease>> {
    return this.#read((client) => history.listEndedLeases(client, query));
  }

  listEvents(query: EventQuery): Promise<readonly WorldEvent[]> {
    return this.#read((client) => history.listEvents(client, query));
  }

  findRun(id: string): Promise<Run | undefined> {
    return this.#read((client) => history.findRun(client, id));
  }

  listRuns(query: RunQuery): Promise<Page<Run>> {
    return this.#read((client) => history.listRuns(client, query));
  }

  listTurnovers(query: TurnoverQuery): Promise<readonly SealedRecord[]> {
    return this.#read((client) => history.listTurnovers(client, query));
  }

  keepKeys(keys: readonly KnownKey[]): Promise<void> {
    return this.#read((client) => history.keepKeys(client, keys));
  }

  listKeys(): Promise<readonly KnownKey[]> {
    return this.#read(history.listKeys);
  }

  async prune(input: { eventsBelow: number; endedBefore: number; limit: number }): Promise<number> {
    return await this.#read(async (client) => {
      await forgetLongDeleted(client);
      return await pruneHistory(client, input);
    });
  }

  readHistory(): AsyncIterable<HistoryPage> {
    return readHistory((work) => this.#read(work));
  }

  backup(path: string): Promise<void> {
    const { hosts, user, database } = this.#ground.target;
    const { host, port } = hosts[0] ?? { host: 'localhost', port: 5432 };
    return Promise.reject(
      new StoreFailure(
        `${path} was not written: this world is in PostgreSQL, which has its own tools. Use \`pg_dump --format=custom --schema=poolkeeper --host=${host} --port=${port} --username=${user} --file=FILE ${database}\`, or a base backup; docs/postgres.md has both.`,
      ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#watcher[Symbol.asyncDispose]();
    await Promise.all([...this.#snapshots].map((snapshot) => snapshot[Symbol.asyncDispose]()));
    await Promise.all(
      [this.#reads, this.#leading, this.#committing].map((each) => each[Symbol.asyncDispose]()),
    );
  }

  get #reading() {
    return { ground: this.#ground, snapshots: this.#snapshots };
  }

  #requireBatch(last: number, acknowledged: number | undefined): void {
    if (acknowledged === undefined || last >= acknowledged) return;
    throw new WentBack(
      `The database has batch ${last} as its last, and acknowledged ${acknowledged} before: a standby that lacked it was promoted, or a backup restored.`,
    );
  }

  #read<T>(work: (client: Client) => Promise<T>): Promise<T> {
    return this.#failing(() => this.#reads.use(work));
  }

  async #failing<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new StoreFailure('The store is closed.');
    try {
      return await work();
    } catch (error) {
      throw asStoreFailure(error, this.#ground.target.name);
    }
  }

  /** Beside the batches: nobody waits for it, and what failed is done the next time. */
  #forgetLongDeleted(): void {
    this.#reads.use(forgetLongDeleted).catch((error: unknown) => {
      this.#ground.logger.debug({ err: error }, 'what was deleted long ago could not be forgotten yet');
    });
  }
}
