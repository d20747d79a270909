import { StaleTerm, StoreFailure } from '../../server/store/contract.ts';
import type { Batch } from '../../server/store/contract.ts';
import type { MemoryDisk } from '../../server/store/memory/memory-disk.ts';
import { WentBack } from '../../server/store/shared-contract.ts';
import type { SharedStore } from '../../server/store/shared-contract.ts';
import { sleep } from '../../server/timers.ts';
import type { Clock, Timers } from '../../server/timers.ts';
import type { Chance } from '../chance.ts';

/** How the way between a replica and the database is at present. Shares are between 0 and 1, times milliseconds. */
export type LinkMood = {
  /** How long one way takes at most. */
  readonly wayMs: number;
  /** `refused`: whoever asks hears at once that there is no way. `silent`: nothing arrives, and nobody hears of it. */
  readonly cut: 'no' | 'refused' | 'silent';
  /** Questions that are done, and whose answers never come. */
  readonly losing: number;
};

export const FAIR_LINK: LinkMood = { wayMs: 3, cut: 'no', losing: 0 };
/** How long an answer is waited for, in milliseconds, and how long until what broke is tried again. */
const ANSWER_MS_MAX = 1_500;
const RETRY_MS = 50;

/** The connection broke, or no answer came: whether the question arrived is not known. */
class Broken extends StoreFailure {}

export type LinkInput = {
  /** The store on the shared disk, as a database does its part of it. */
  readonly database: SharedStore;
  readonly disk: MemoryDisk;
  /** How the database writes a batch. */
  readonly write: SharedStore['commit'];
  /** What is on its way goes on whatever happens to the replica; its own timers hear of what arrives. */
  readonly world: Timers;
  readonly own: Timers;
  readonly elapsed: Clock;
  readonly chance: Chance;
  /** Sends a batch whose outcome is not known again as if it had failed, as a store would that has no numbers. */
  readonly forgetsNumbers: boolean;
  /** Told of each batch when it is on the disk. */
  readonly written: (batch: Batch) => void;
};

/**
 * A replica's way to the database that all share, which is slow, cut, or loses answers as its mood has it.
 *
 * Batches are numbered: one whose outcome is not known is sent again under its number until that is known, or the term is not held any
 * more. What is on its way arrives late, also when its sender has long given up, stopped, or died.
 */
export class Link {
  readonly #input: LinkInput;
  readonly store: SharedStore;
  mood: LinkMood = FAIR_LINK;
  #turn: Promise<void> = Promise.resolve();
  #failures = 0;
  #failuresSeen = 0;
  /** The last batch that is known to be there, and until when the term is held under which it was written. */
  #batch = 0;
  #heldUntil = 0;
  /** Calls that have not ended. */
  underWay = 0;

  constructor(input: LinkInput) {
    this.#input = input;
    this.store = this.#throughLink();
  }

  #throughLink(): SharedStore {
    const { database: real } = this.#input;
    const ask = <T>(question: () => Promise<T>): Promise<T> => this.#ask(question);
    return {
      claim: () => ask(() => real.claim()),
      load: () => ask(() => real.load()),
      commit: (batch) => this.#commit(batch),
      findEndedLease: (id) => ask(() => real.findEndedLease(id)),
      listEndedLeases: (query) => ask(() => real.listEndedLeases(query)),
      findRun: (id) => ask(() => real.findRun(id)),
      listRuns: (query) => ask(() => real.listRuns(query)),
      listTurnovers: (query) => ask(() => real.listTurnovers(query)),
      keepKeys: (keys) => ask(() => real.keepKeys(keys)),
      listKeys: () => ask(() => real.listKeys()),
      listEvents: (query) => ask(() => real.listEvents(query)),
      prune: (query) => ask(() => real.prune(query)),
      runLog: real.runLog,
      backup: (path) => ask(() => real.backup(path)),
      findLeadership: () => ask(() => real.findLeadership()),
      lastBatchOf: (term) => ask(() => real.lastBatchOf(term)),
      acquire: async (input) => {
        const sentAt = this.#input.elapsed.now();
        const answer = await ask(() => real.acquire(input));
        if (answer.keeper?.id === input.replica.id) {
          this.#batch = answer.batch;
          this.#heldUntil = sentAt + input.forMs;
        }
        return answer;
      },
      renew: async (input) => {
        const sentAt = this.#input.elapsed.now();
        const answer = await ask(() => real.renew(input));
        this.#heldUntil = Math.max(this.#heldUntil, sentAt + input.forMs);
        return answer;
      },
      resign: (term) => ask(() => real.resign(term)),
      halt: (halt) => ask(() => real.halt(halt)),
      resume: () => ask(() => real.resume()),
      watch: (onNews) => real.watch(() => this.#tell(onNews)),
      changesAfter: (after) => ask(() => real.changesAfter(after)),
      reportReplica: (report) => ask(() => real.reportReplica(report)),
      listReplicas: () => ask(() => real.listReplicas()),
      readShared: (name) => ask(() => real.readShared(name)),
      writeShared: (input) => ask(() => real.writeShared(input)),
      [Symbol.asyncDispose]: () => real[Symbol.asyncDispose](),
    };
  }

  /** News come or get lost; nothing may hang on them. */
  #tell(onNews: () => void): void {
    const { world, own, chance } = this.#input;
    const { cut, losing, wayMs } = this.mood;
    if (cut !== 'no' || chance.is(losing)) return;
    world.set(chance.int(0, wayMs), () => void own.set(0, onNews));
  }

  /** Errors: those of the database; `Broken`. */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    const { own } = this.#input;
    this.underWay += 1;
    try {
      if (this.mood.cut === 'refused') {
        await sleep(own, 1);
        throw new Broken('Simulated: no connection to the database.');
      }
      return await new Promise<T>((resolve, reject) => {
        own.set(ANSWER_MS_MAX, () => reject(new Broken('Simulated: no answer of the database.')));
        void this.#thereAndBack(question, { resolve, reject });
      });
    } finally {
      this.underWay -= 1;
    }
  }

  async #thereAndBack<T>(
    question: () => Promise<T>,
    to: { resolve: (answer: T) => void; reject: (error: Error) => void },
  ): Promise<void> {
    const { world, own, chance } = this.#input;
    if (this.mood.cut === 'silent') return;
    await sleep(world, chance.int(0, this.mood.wayMs));
    const answered = await question().then(
      (answer) => () => to.resolve(answer),
      (error: Error) => () => to.reject(error),
    );
    if (this.mood.cut !== 'no' || chance.is(this.mood.losing)) return;
    await sleep(world, chance.int(0, this.mood.wayMs));
    own.set(0, answered);
  }

  async #commit(batch: Batch): Promise<void> {
    const failuresSeen = this.#failuresSeen;
    this.underWay += 1;
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
    try {
      if (failuresSeen < this.#failures)
        throw new StoreFailure('Simulated: an earlier change was not written.');
      await this.#send(batch, this.#batch + 1);
      this.#batch += 1;
    } catch (error) {
      this.#failures += 1;
      throw error;
    }
  }

  /** Sends a batch until it is known what became of it. Resolves when it is there. */
  async #send(batch: Batch, number: number): Promise<void> {
    const { disk, elapsed, own, forgetsNumbers } = this.#input;
    for (;;) {
      try {
        return await this.#ask(() => this.#land(batch, number));
      } catch (error) {
        if (!(error instanceof Broken)) throw error;
        if (elapsed.now() >= this.#heldUntil) throw error;
      }
      await sleep(own, RETRY_MS);
      if (forgetsNumbers) return this.#send(batch, disk.batch + 1);
    }
  }

  /** What the database does with a batch. */
  async #land(batch: Batch, number: number): Promise<void> {
    const { write, disk, written } = this.#input;
    if (disk.term === batch.term && disk.halt === null) {
      if (disk.batch === number) return;
      if (disk.batch < number - 1) throw new WentBack('Simulated: batches are missing.');
      if (disk.batch > number) throw new StaleTerm('Simulated: a late copy of a batch that was sent again.');
    }
    await write(batch);
    written(batch);
  }
}
