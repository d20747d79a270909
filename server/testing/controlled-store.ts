import type {
  Batch,
  EndedLeaseQuery,
  EventQuery,
  KnownKey,
  RunQuery,
  Store,
  TurnoverQuery,
} from '../store/contract.ts';

/** A store whose commits a test holds back or has fail; all else goes through to the real one. */
export class ControlledStore implements Store {
  commits = 0;
  readonly runLog: Store['runLog'];
  readonly #store: Store;
  #failure: { error: Error; isWritten: boolean; after: number } | undefined;
  #gate: { opened: Promise<void>; open: () => void } | undefined;
  #onCommit: (() => void) | undefined;

  constructor(store: Store) {
    this.#store = store;
    this.runLog = store.runLog;
  }

  /** Commits wait from now on, until `release`. */
  hold(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = { opened: promise, open: resolve };
  }

  release(): void {
    this.#gate?.open();
    this.#gate = undefined;
  }

  /** Resolves when the next commit begins. */
  commitStarted(): Promise<void> {
    return new Promise((resolve) => {
      this.#onCommit = resolve;
    });
  }

  /** Commits fail from now on, or after so many more, until `mend`; nothing is written. */
  fail(error: Error, afterCommits = 0): void {
    this.#failure = { error, isWritten: false, after: this.commits + afterCommits };
  }

  /** The next commits are written, and fail all the same. */
  failAfterWriting(error: Error): void {
    this.#failure = { error, isWritten: true, after: 0 };
  }

  mend(): void {
    this.#failure = undefined;
  }

  async commit(batch: Batch): Promise<void> {
    const number = (this.commits += 1);
    this.#onCommit?.();
    await this.#gate?.opened;
    const failure = this.#failure !== undefined && number > this.#failure.after ? this.#failure : undefined;
    if (failure === undefined || failure.isWritten) await this.#store.commit(batch);
    if (failure !== undefined) throw failure.error;
  }

  claim(): Promise<number> {
    return this.#store.claim();
  }

  load(): ReturnType<Store['load']> {
    return this.#store.load();
  }

  findEndedLease(id: string): ReturnType<Store['findEndedLease']> {
    return this.#store.findEndedLease(id);
  }

  listEndedLeases(query: EndedLeaseQuery): ReturnType<Store['listEndedLeases']> {
    return this.#store.listEndedLeases(query);
  }

  findRun(id: string): ReturnType<Store['findRun']> {
    return this.#store.findRun(id);
  }

  listRuns(query: RunQuery): ReturnType<Store['listRuns']> {
    return this.#store.listRuns(query);
  }

  listTurnovers(query: TurnoverQuery): ReturnType<Store['listTurnovers']> {
    return this.#store.listTurnovers(query);
  }

  keepKeys(keys: readonly KnownKey[]): Promise<void> {
    return this.#store.keepKeys(keys);
  }

  listKeys(): ReturnType<Store['listKeys']> {
    return this.#store.listKeys();
  }

  listEvents(query: EventQuery): ReturnType<Store['listEvents']> {
    return this.#store.listEvents(query);
  }

  prune(input: { eventsBelow: number; endedBefore: number; limit: number }): Promise<number> {
    return this.#store.prune(input);
  }

  backup(path: string): Promise<void> {
    return this.#store.backup(path);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#store[Symbol.asyncDispose]();
  }
}
