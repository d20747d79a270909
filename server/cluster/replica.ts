import { Refusal } from '@poolkeeper/core';
import type { Token, World } from '@poolkeeper/core';
import { findLiveToken } from '../keeper/find-live-token.ts';
import type { Logger } from '../logger.ts';
import { WentBack } from '../store/shared-contract.ts';
import type { Halt, Leadership, ReplicaCard, ReplicaReport, SharedStore } from '../store/shared-contract.ts';
import type { Clock, Random, Timers } from '../timers.ts';
import type { ClusterView, ReplicaRole, Tenure } from './contract.ts';
import type { DatabaseClock } from './database-clock.ts';
import { ANSWER_MS_MAX, KnownLeadership, KnownToHaveGoneBack } from './known-leadership.ts';
import type { LeadershipAnswer } from './known-leadership.ts';
import { News } from './news.ts';
import { NextTenure } from './next-tenure.ts';
import { ReplicaReporter } from './replica-reporter.ts';
import { keeperOf, RoleBoard } from './role-board.ts';
import { Term, TERM_MS } from './term.ts';
import type { TermParts } from './term.ts';
import { withinTime } from './within-time.ts';
import { WorldFollower } from './world-follower.ts';

/** How often a follower looks at the database where it hears nothing, in milliseconds. */
export const POLL_EVERY_MS = 500;
/** Followers begin to ask for a term that ran out within so many milliseconds, so that they do not all ask in the same one. */
const SPREAD_MS = 50;
/** How long reading the whole world may take, in milliseconds. */
const WORLD_MS_MAX = 120_000;
/** How long a keeper that hands over may take to finish what it has begun, in milliseconds. */
const DRAIN_MS_MAX = 5_000;
/** How long a replica that could not begin leaves the world to others, in milliseconds; doubles up to the second. */
const BACK_OFF_FIRST_MS = 1_000;
const BACK_OFF_MAX_MS = 30_000;
/** How long a replica that was asked to step down leaves the world to others, in milliseconds. */
const STEP_DOWN_MS = 5_000;
/** Others count as there when they told of themselves within so many milliseconds. */
const OTHERS_SEEN_MS_MAX = 6_000;

export type ReplicaParts = {
  readonly store: SharedStore;
  readonly card: ReplicaCard;
  readonly timers: Timers;
  /** Counts what has passed; nobody can set it. */
  readonly elapsed: Clock;
  readonly random: Random;
  readonly clock: DatabaseClock;
  readonly logger: Logger;
  /** Wires everything that a keeper needs, up to the point where it has to know the world. */
  readonly openTenure: () => Promise<Tenure>;
  readonly onRenewal?: TermParts['onRenewal'];
};

/**
 * A process that is one of several: it follows the world, takes it over when nobody has it, keeps it for as long as it can renew its
 * term, and hands it over when it is to stop.
 *
 * Shape: one loop, of a look at the database and what follows from it; while it keeps the world the loop waits for the end of the term.
 * Source: invariants H1 to H9 in docs/spec/cluster.md; docs/adr/0047-replicas-follow-and-take-over.md.
 */
export class Replica implements ClusterView, AsyncDisposable {
  readonly #parts: ReplicaParts;
  readonly #board: RoleBoard;
  readonly #known: KnownLeadership;
  readonly #follower: WorldFollower;
  readonly #next: NextTenure;
  readonly #news: News;
  readonly #reporter: ReplicaReporter;
  readonly #stop = new AbortController();
  readonly #started = Promise.withResolvers<void>();
  #work: Promise<void> = Promise.resolve();
  #halt: Halt | null = null;
  /** A halt of its own that the database may not know yet. */
  #unsaidHalt: Halt | null = null;
  /** Set while it keeps the world: ends that in good order. */
  #handOver: (() => void) | undefined;
  #kept: Promise<void> | undefined;
  /** The one that it keeps the world under, or begins to. */
  #term: Term | undefined;
  #isRetired = false;
  #notBefore = -Infinity;
  #failedBegins = 0;
  #isInTrouble = false;

  constructor(parts: ReplicaParts) {
    const { store, timers, elapsed, clock, logger, openTenure } = parts;
    this.#parts = parts;
    this.#board = new RoleBoard(logger);
    this.#known = new KnownLeadership({ timers, elapsed, clock });
    this.#follower = new WorldFollower({ store, logger });
    this.#news = new News(timers);
    this.#next = new NextTenure({ openTenure, timers, logger, onReady: () => this.#news.come() });
    this.#reporter = new ReplicaReporter({ ...parts, report: () => this.#report() });
  }

  get self(): ReplicaCard {
    return this.#parts.card;
  }

  /** Begins to follow. Resolves when the world is known, or nobody may decide; a database that is away is waited for. */
  async start(): Promise<void> {
    this.#reporter.start();
    this.#work = this.#run();
    await this.#started.promise;
  }

  role(): ReplicaRole {
    return this.#board.role;
  }

  keeper(): ReturnType<ClusterView['keeper']> {
    return this.#board.keeper;
  }

  onChange(listener: () => void): () => void {
    return this.#board.onChange(listener);
  }

  halt(): Halt | null {
    return this.#halt;
  }

  /** The term and the batch that this replica knows of, the batch whose world it knows, and how far its machine's clock is ahead. */
  status(): {
    readonly term: number;
    readonly batch: number;
    readonly followedBatch: number;
    readonly skewMs: number;
  } {
    const { batch: followedBatch, skewMs } = this.#report();
    return { ...this.#known.seen, followedBatch, skewMs };
  }

  /** The world as far as this replica knows it, to be looked at only; undefined before it knows any. */
  world(): World | undefined {
    return this.#follower.lastKnown;
  }

  /** Who a token is, by the hash of its secret, as far as this replica knows. */
  findToken(hash: string): Token | undefined {
    return findLiveToken(this.#follower.lastKnown, hash, this.#parts.clock.now());
  }

  async stepDown(): Promise<void> {
    if (this.role() !== 'keeping' || this.#handOver === undefined)
      throw new Refusal('not_the_keeper', 'This replica does not keep the world, so it cannot hand it over.');
    if (!(await this.#hasOthers()))
      throw new Refusal('no_other_replica', 'No other replica follows the world. Start one, and try again.');
    this.#notBefore = this.#parts.elapsed.now() + STEP_DOWN_MS;
    await this.#leave();
  }

  /** Hands the world over where it keeps it, and never takes it again; goes on to know who keeps it. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    await this.#leave();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.retire();
    this.#stop.abort();
    this.#news.come();
    await this.#work;
    this.#reporter.stop();
    await this.#next[Symbol.asyncDispose]();
    this.#board.become('stopped', undefined);
    this.#started.resolve();
  }

  async #run(): Promise<void> {
    await using _watch = this.#parts.store.watch(() => this.#news.come());
    while (!this.#stop.signal.aborted) {
      let waitMs = POLL_EVERY_MS;
      try {
        waitMs = await this.#look();
        this.#noteTrouble(undefined);
      } catch (error) {
        await this.#noteFailure(error as Error);
      }
      await this.#news.wait(waitMs);
    }
  }

  /** Looks at the database and does what follows from it. Answers how long nothing is to be done, in milliseconds, without news. */
  async #look(): Promise<number> {
    const { store, card } = this.#parts;
    if (this.#unsaidHalt !== null) await this.#sayHalt(this.#unsaidHalt);
    // What was seen before a halt is no measure for what is there after it.
    if (this.#halt !== null) this.#known.forget();
    // Also while it is halted: its application is what an admin asks to go on.
    if (!this.#isRetired) this.#next.prepare();
    const { leadership } = await this.#known.ask(() => store.findLeadership());
    if (leadership.halt !== null) {
      this.#standStill(leadership.halt);
      await this.#knowWho();
      return POLL_EVERY_MS;
    }
    if (this.#halt !== null) this.#goOn();
    this.#board.become(this.role(), keeperOf(leadership, card));
    // A term of its own that it does not keep: the answer to its question was lost. It is not begun late.
    if (leadership.keeper?.id === card.id && leadership.remainingMs > 0) {
      await withinTime(this.#parts.timers, ANSWER_MS_MAX, store.resign(leadership.term));
      return 0;
    }
    await this.#follow(leadership);
    if (this.#isRetired) return POLL_EVERY_MS;
    return leadership.remainingMs > 0
      ? Math.min(POLL_EVERY_MS, leadership.remainingMs + this.#parts.random() * SPREAD_MS)
      : this.#tryToKeep();
  }

  async #follow(leadership: Leadership): Promise<void> {
    if (!this.#follower.isLoaded || leadership.batch > this.#follower.batch) await this.#catchUp();
    this.#board.become('following', keeperOf(leadership, this.#parts.card));
    this.#started.resolve();
  }

  /** A replica that started into a halt has to know who may end it. */
  async #knowWho(): Promise<void> {
    if (this.#follower.lastKnown !== undefined) return;
    await this.#catchUp();
    this.#follower.release();
  }

  async #catchUp(): Promise<World> {
    const over = new AbortController();
    try {
      const world = await withinTime(this.#parts.timers, WORLD_MS_MAX, this.#follower.catchUp(over.signal));
      this.#known.saw(this.#follower.batch);
      return world;
    } finally {
      over.abort();
    }
  }

  /** Takes the world where it is free and this replica is ready to; comes back when it does not keep it any more. */
  async #tryToKeep(): Promise<number> {
    const { store, card, elapsed } = this.#parts;
    const waitMs = this.#notBefore - elapsed.now();
    if (waitMs > 0) return Math.min(POLL_EVERY_MS, waitMs);
    if (!this.#next.isReady) return POLL_EVERY_MS;
    const answer = await this.#known.ask(() => store.acquire({ replica: card, forMs: TERM_MS }));
    if (answer.leadership.keeper?.id !== card.id || this.#isRetired) return 0;
    this.#kept = this.#keep(answer).finally(() => {
      this.#kept = undefined;
    });
    await this.#kept;
    return 0;
  }

  async #keep(answer: LeadershipAnswer): Promise<void> {
    const { logger } = this.#parts;
    const tenure = this.#next.take() as Tenure;
    const term = new Term({ ...this.#parts, known: this.#known }, answer);
    this.#term = term;
    logger.info({ term: term.number, batch: answer.leadership.batch }, 'this replica takes the world over');
    this.#board.become('takingOver', undefined);
    try {
      await this.#begin(term, tenure);
      const handOver = new Promise<void>((resolve) => {
        this.#handOver = resolve;
      });
      this.#board.become('keeping', { card: this.self, term: term.number, isSelf: true });
      if (this.#isRetired) this.#handOver?.();
      await orLost(term, handOver);
      this.#board.become('handingOver', undefined);
      await orLost(term, this.#drain(tenure));
      logger.info({ term: term.number }, 'this replica hands the world over');
    } catch (error) {
      // First of all: requests go elsewhere, also while the database does not answer.
      this.#board.become('starting', undefined);
      logger.warn({ err: error, term: term.number }, 'this replica keeps the world no longer');
      if (error instanceof WentBack) throw error;
    } finally {
      this.#term = undefined;
      this.#handOver = undefined;
      this.#follower.release();
      const resigned = term.resign();
      this.#next.end(tenure);
      await resigned.catch((error: unknown) =>
        logger.warn(
          { err: error, term: term.number },
          'the term could not be given up; others begin when it is over',
        ),
      );
      this.#board.become('starting', undefined);
    }
  }

  /** What was committed last is read first: nobody commits under an older term any more. */
  async #begin(term: Term, tenure: Tenure): Promise<void> {
    const { elapsed, random } = this.#parts;
    try {
      const world = await orLost(term, this.#catchUp());
      const start = {
        term: term.number,
        world,
        isHeld: () => term.isHeld(),
        lose: (why: Error) => {
          term.lose(why);
          // At once: what is refused because of this is handed on, and not back to where it was refused.
          if (this.#term === term) this.#board.become('starting', undefined);
        },
      };
      await orLost(term, tenure.begin(start));
      this.#failedBegins = 0;
    } catch (error) {
      const pauseMs = Math.min(BACK_OFF_MAX_MS, BACK_OFF_FIRST_MS * 2 ** this.#failedBegins);
      this.#failedBegins += 1;
      this.#notBefore = elapsed.now() + pauseMs * (1 + random());
      throw error;
    }
  }

  /** Ends the keeping in good order, if there is any, and waits until that is done. */
  async #leave(): Promise<void> {
    this.#handOver?.();
    await this.#kept?.catch(() => {});
  }

  async #hasOthers(): Promise<boolean> {
    const { store, timers, card } = this.#parts;
    const replicas = await withinTime(timers, ANSWER_MS_MAX, store.listReplicas());
    return replicas.some(({ id, seenMsAgo }) => id !== card.id && seenMsAgo <= OTHERS_SEEN_MS_MAX);
  }

  async #drain(tenure: Tenure): Promise<void> {
    const { timers, logger } = this.#parts;
    await withinTime(timers, DRAIN_MS_MAX, tenure.drain()).catch((error: unknown) =>
      logger.warn(
        { err: error },
        'what was under way did not end in time; the world is handed over without it',
      ),
    );
  }

  async #noteFailure(error: Error): Promise<void> {
    if (!(error instanceof WentBack)) return this.#noteTrouble(error);
    try {
      await this.#haltAll(error);
    } catch (trouble) {
      this.#noteTrouble(trouble as Error);
    }
  }

  /** A database that is away is told of once, and once when it is there again. */
  #noteTrouble(error: Error | undefined): void {
    const { logger } = this.#parts;
    if (error !== undefined && !this.#isInTrouble)
      logger.warn({ err: error }, 'the database does not answer as it should; this replica goes on trying');
    if (error === undefined && this.#isInTrouble) logger.info('the database answers again');
    this.#isInTrouble = error !== undefined;
  }

  async #haltAll(error: WentBack): Promise<void> {
    const { store, timers, clock, card } = this.#parts;
    this.#follower.release();
    const { seen, found } =
      error instanceof KnownToHaveGoneBack
        ? error
        : { seen: this.#known.seen, found: await withinTime(timers, ANSWER_MS_MAX, store.findLeadership()) };
    this.#unsaidHalt = {
      at: clock.now(),
      by: card.name,
      seen,
      found: { term: found.term, batch: found.batch },
    };
    this.#standStill(this.#unsaidHalt);
    await this.#sayHalt(this.#unsaidHalt);
  }

  async #sayHalt(halt: Halt): Promise<void> {
    const { store, timers } = this.#parts;
    await withinTime(timers, ANSWER_MS_MAX, store.halt(halt));
    this.#unsaidHalt = null;
  }

  #standStill(halt: Halt): void {
    if (this.#halt === null)
      this.#parts.logger.error(
        { halt },
        'the database went back: it has less than was acknowledged, so nobody decides. See docs/high-availability.md, then run poolkeeper cluster resume --accept-loss',
      );
    this.#halt = halt;
    this.#board.become('halted', undefined);
    this.#started.resolve();
  }

  /** A person looked: what is there is all there is. */
  #goOn(): void {
    this.#parts.logger.warn(
      { halt: this.#halt },
      'the halt was ended by a person; this replica reads the world anew',
    );
    this.#halt = null;
    this.#follower.release();
    this.#board.become('starting', undefined);
  }

  #report(): ReplicaReport {
    const isKeeper = this.role() === 'keeping';
    return {
      ...this.self,
      role: isKeeper ? 'keeper' : 'follower',
      batch: isKeeper ? this.#known.seen.batch : this.#follower.batch,
      skewMs: this.#parts.clock.skewMs(),
    };
  }
}

/** Waits for the answer, but not longer than the term lasts. Errors: those of the answer; why the term was lost. */
function orLost<T>(term: Term, answer: Promise<T>): Promise<T> {
  const lost = term.lost.then((why) => {
    throw why;
  });
  return Promise.race([answer, lost]);
}
