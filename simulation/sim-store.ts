import type { EndedLease, Run, SealedRecord, WorldEvent, WorldMeta } from '@poolkeeper/core';
import { StoreFailure } from '../server/store/contract.ts';
import type {
  Batch,
  EndedLeaseQuery,
  EventQuery,
  KnownKey,
  Page,
  RunQuery,
  Store,
  StoredDocument,
  TurnoverQuery,
} from '../server/store/contract.ts';
import { sleep } from '../server/timers.ts';
import type { Timers } from '../server/timers.ts';
import type { Chance } from './chance.ts';

/** How the store behaves at present. Shares are between 0 and 1, times milliseconds. */
export type StoreMood = {
  /** Commits that fail with nothing written, and those that fail although all is written. */
  readonly failing: number;
  readonly lying: number;
  /** Claims and loads that fail. */
  readonly unreadable: number;
  readonly commitMs: number;
};

export const FAIR_STORE: StoreMood = { failing: 0, lying: 0, unreadable: 0, commitMs: 5 };

/** Who watches what really gets to the disk, and what comes back from it. */
export type StoreWatch = {
  written(batch: Batch): void;
  loaded(meta: WorldMeta, documents: readonly StoredDocument[]): void;
};

export type SimStoreInput = {
  readonly inner: Store;
  readonly timers: Timers;
  readonly chance: Chance;
  readonly mood: () => StoreMood;
  readonly watch: StoreWatch;
};

/**
 * A store that fails, lies and takes its time as its mood has it, over one that keeps its contract: batches are written in
 * the order of the calls, and what was sent before a failure was seen fails with it.
 */
export class SimStore implements Store {
  readonly #input: SimStoreInput;
  /** Batches on their way to the disk, in order. */
  readonly #unwritten: { readonly batch: Batch; readonly failuresSeen: number }[] = [];
  #turn: Promise<void> = Promise.resolve();
  #failures = 0;
  #failuresSeen = 0;
  #isDead = false;
  /** Calls that have not ended. */
  underWay = 0;

  constructor(input: SimStoreInput) {
    this.#input = input;
  }

  async claim(): Promise<number> {
    await this.#read('claim');
    return this.#input.inner.claim();
  }

  async load(): Promise<{ meta: WorldMeta; documents: AsyncIterable<readonly StoredDocument[]> }> {
    await this.#read('load');
    const { meta, documents } = await this.#input.inner.load();
    return { meta, documents: this.#watch(meta, documents) };
  }

  async commit(batch: Batch): Promise<void> {
    const failuresSeen = this.#failuresSeen;
    this.underWay += 1;
    this.#unwritten.push({ batch, failuresSeen });
    const turn = this.#turn.then(() => this.#commitInTurn(batch, failuresSeen));
    this.#turn = turn.catch(() => {});
    try {
      await turn;
    } catch (error) {
      this.#failuresSeen += 1;
      throw error;
    } finally {
      this.underWay -= 1;
    }
  }

  async #commitInTurn(batch: Batch, failuresSeen: number): Promise<void> {
    const { chance, mood } = this.#input;
    const { failing, lying, commitMs } = mood();
    const fate = chance.next();
    try {
      await this.#pause(chance.int(0, commitMs));
      this.#unwritten.shift();
      if (failuresSeen < this.#failures)
        throw new StoreFailure('Simulated: an earlier change was not written.');
      if (fate < failing) throw new StoreFailure('Simulated: the disk is full.');
      await this.#write(batch);
      await this.#pause(chance.int(0, commitMs));
      if (fate < failing + lying) throw new StoreFailure('Simulated: no answer from the disk.');
    } catch (error) {
      this.#failures += 1;
      throw error;
    }
  }

  /** The process that used the store is dead. Of what was on its way to the disk, the first few got there, or none. */
  async kill(): Promise<void> {
    for (const { batch, failuresSeen } of this.#unwritten.splice(0)) {
      if (failuresSeen < this.#failures || this.#input.chance.is(0.5)) break;
      await this.#write(batch).catch(() => {});
    }
    this.#isDead = true;
    await this.#input.inner[Symbol.asyncDispose]();
  }

  findEndedLease(id: string): Promise<EndedLease | undefined> {
    return this.#input.inner.findEndedLease(id);
  }

  listEndedLeases(query: EndedLeaseQuery): Promise<Page<EndedLease>> {
    return this.#input.inner.listEndedLeases(query);
  }

  findRun(id: string): Promise<Run | undefined> {
    return this.#input.inner.findRun(id);
  }

  listRuns(query: RunQuery): Promise<Page<Run>> {
    return this.#input.inner.listRuns(query);
  }

  listTurnovers(query: TurnoverQuery): Promise<readonly SealedRecord[]> {
    return this.#input.inner.listTurnovers(query);
  }

  keepKeys(keys: readonly KnownKey[]): Promise<void> {
    return this.#input.inner.keepKeys(keys);
  }

  listKeys(): Promise<readonly KnownKey[]> {
    return this.#input.inner.listKeys();
  }

  listEvents(query: EventQuery): Promise<readonly WorldEvent[]> {
    return this.#input.inner.listEvents(query);
  }

  get runLog(): Store['runLog'] {
    return this.#input.inner.runLog;
  }

  prune(input: { eventsBelow: number; endedBefore: number; limit: number }): Promise<number> {
    return this.#input.inner.prune(input);
  }

  backup(path: string): Promise<void> {
    return this.#input.inner.backup(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.inner[Symbol.asyncDispose]();
  }

  async #write(batch: Batch): Promise<void> {
    if (this.#isDead) return;
    await this.#input.inner.commit(batch);
    this.#input.watch.written(batch);
  }

  async #read(what: string): Promise<void> {
    const { chance, mood } = this.#input;
    this.underWay += 1;
    try {
      await this.#pause(chance.int(0, 5));
      if (chance.is(mood().unreadable))
        throw new StoreFailure(`Simulated: the disk cannot be read (${what}).`);
    } finally {
      this.underWay -= 1;
    }
  }

  async *#watch(
    meta: WorldMeta,
    documents: AsyncIterable<readonly StoredDocument[]>,
  ): AsyncGenerator<readonly StoredDocument[], void, undefined> {
    const all: StoredDocument[] = [];
    for await (const page of documents) {
      if (this.#input.chance.is(this.#input.mood().unreadable))
        throw new StoreFailure('Simulated: a page cannot be read.');
      all.push(...page);
      yield page;
    }
    this.#input.watch.loaded(meta, all);
  }

  /** Takes its time; the timers of a dead process never fire, so that nothing after the pause happens. */
  async #pause(durationMs: number): Promise<void> {
    await sleep(this.#input.timers, durationMs);
  }
}
