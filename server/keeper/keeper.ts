import { decide, invariant, nextTickAt, Refusal } from '@poolkeeper/core';
import type { Change, Command, DecisionContext, ReplyTo, Token, World } from '@poolkeeper/core';
import type { JobRunner } from '../jobs/contract.ts';
import type { Logger } from '../logger.ts';
import { StaleTerm } from '../store/contract.ts';
import type { Batch, Store } from '../store/contract.ts';
import { sleep } from '../timers.ts';
import type { CancelTimer, Clock, Random, Timers } from '../timers.ts';
import { BatchBuilder } from './batch.ts';
import type { Keeper, KeeperProbe, KeeperStatus } from './contract.ts';
import { DocumentWaiters } from './document-waiters.ts';
import type { DocumentSubject } from './document-waiters.ts';
import { EventFeed } from './event-feed.ts';
import type { EventListener } from './event-feed.ts';
import { handOutAgain, handOutAll, handOutJobs } from './job-tickets.ts';
import { isWaiting, LeaseWaiters } from './lease-waiters.ts';
import { loadWorld } from './load-world.ts';
import { byItself, settleAnswer } from './mailbox-entry.ts';
import type { Answer, Entry } from './mailbox-entry.ts';
import { SizingDeferral } from './sizing-deferral.ts';

/** Commands that one commit may carry. */
const BATCH_COMMANDS_MAX = 512;
/** Commits under way at once: while the store writes one, the next is decided and sent. More only make batches small. */
const COMMITS_UNDER_WAY_MAX = 2;
/** Commands that may wait for their turn; further ones are refused. */
const MAILBOX_MAX = 50_000;
/** How long the keeper waits before it tries a failed store again, in milliseconds; doubles up to the second. */
const RECOVERY_FIRST_MS = 250;
const RECOVERY_MAX_MS = 10_000;
/** How long the keeper sleeps at most while something is due, in milliseconds. */
const WAKE_UP_MS_MAX = 5_000;

export type KeeperParts = {
  readonly store: Store;
  readonly clock: Clock;
  /** Counts time for metrics, in fractions of a millisecond; the clock does where it is left out. */
  readonly elapsed?: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly newId: (prefix: string) => string;
  readonly sealRecord: DecisionContext['sealRecord'];
  readonly checkStep: DecisionContext['checkStep'];
  /** Calls back after what is ready to be read has been read, so that one commit serves all who came together. */
  readonly defer: (callback: () => void) => void;
  readonly logger: Logger;
  readonly probe?: KeeperProbe;
  /** Called when the world was loaded: at the start, and again after the store failed. */
  readonly onLoad?: () => void;
  /** What decides; the core's own where nothing is given. */
  readonly decide?: typeof decide;
};

/** A batch on its way to the disk, with those who wait for it. */
type Flight = {
  readonly builder: BatchBuilder;
  readonly batch: Batch;
  readonly answers: readonly Answer[];
  readonly startedAt: number;
};
/** Time is a command that nobody asked. */
const TICK = byItself({ type: 'tick' });

/**
 * The single writer of one world.
 *
 * It takes commands from its mailbox, decides them one after another in memory, makes a batch of them durable in one commit,
 * and only then answers, publishes and hands out jobs. While the store writes one batch the next is decided; what comes up
 * then gathers for the one after.
 */
export class WorldKeeper implements Keeper, AsyncDisposable {
  readonly #parts: KeeperParts;
  readonly #feed = new EventFeed();
  readonly #waiters = new LeaseWaiters();
  readonly #documentWaiters = new DocumentWaiters();
  readonly #mailbox: Entry[] = [];
  #world: World | undefined;
  #term = 0;
  #status: KeeperStatus = { state: 'loading' };
  #runner: JobRunner | undefined;
  /** Is a look at the mailbox coming? */
  #isPumping = false;
  /** Batches that the store is writing, in the order in which they took off. */
  readonly #flights: Flight[] = [];
  /** What batches changed that failed since the world was loaded. */
  readonly #lost: Change[] = [];
  #hasFailed = false;
  #recovery: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;
  /** The last commit that took off: reads have to wait for it. */
  #commit: Promise<void> = Promise.resolve();
  #isTickWanted = false;
  /** When the world that was loaded had last been decided on, until its first decision here. */
  #awaySince: number | undefined;
  readonly #sizing = new SizingDeferral();
  #wakeUp: { at: number; cancel: CancelTimer } | undefined;
  readonly #stop = new AbortController();

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /**
   * Claims the store, loads the world and begins to work; live jobs are handed out again.
   *
   * Errors: those of the store; nothing was changed then.
   */
  async start(runner: JobRunner): Promise<void> {
    this.#runner = runner;
    this.#term = await this.#parts.store.claim();
    await this.#load();
    this.#feed.startAfter((this.#world as unknown as World).meta.eventSeq);
    this.#status = { state: 'running' };
    handOutAll(runner, this.#world as unknown as World);
    this.#schedule();
  }

  ask<C extends Command, T = ReplyTo<C>>(
    command: C,
    look?: (reply: ReplyTo<C>, world: World) => T,
  ): Promise<T> {
    const refusal = this.#refusalOfWrites();
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise<T>((resolve, reject) => {
      this.#mailbox.push({
        command,
        look: look as Entry['look'],
        resolve: resolve as Entry['resolve'],
        reject,
      });
      this.#schedule();
    });
  }

  async read<T>(look: (world: World) => T): Promise<T> {
    if (this.#world === undefined)
      throw this.#unavailable('The server is still loading its world. Try again soon.');
    const seen = look(this.#world);
    await this.#commit;
    return seen;
  }

  findToken(hash: string): Token | undefined {
    const id = this.#world?.tokenByHash.get(hash);
    const token = id === undefined ? undefined : this.#world?.tokens.get(id);
    return token === undefined || (token.expiresAt !== null && token.expiresAt <= this.now())
      ? undefined
      : token;
  }

  async untilGranted(leaseId: string, waitMs: number, signal?: AbortSignal): Promise<void> {
    if (!isWaiting(this.#world?.leases.get(leaseId)) || waitMs <= 0) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        forget();
        cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const forget = this.#waiters.add(leaseId, done);
      const cancel = this.#parts.timers.set(waitMs, done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  until<T>(
    subject: DocumentSubject,
    look: (world: World) => T | undefined,
    { waitMs, signal }: { readonly waitMs: number; readonly signal?: AbortSignal },
  ): Promise<T | undefined> {
    const over = AbortSignal.any([this.#stop.signal, ...(signal === undefined ? [] : [signal])]);
    const wait = { waitMs, over, timers: this.#parts.timers };
    return this.#documentWaiters.until(subject, () => this.read(look), wait);
  }

  /** What is over is the store's to tell. */
  readonly findEndedLease: Keeper['findEndedLease'] = (id) => this.#parts.store.findEndedLease(id);
  readonly listEndedLeases: Keeper['listEndedLeases'] = (query) => this.#parts.store.listEndedLeases(query);
  readonly findRun: Keeper['findRun'] = (id) => this.#parts.store.findRun(id);
  readonly listRuns: Keeper['listRuns'] = (query) => this.#parts.store.listRuns(query);
  readonly listTurnovers: Keeper['listTurnovers'] = (query) => this.#parts.store.listTurnovers(query);
  readonly listEvents: Keeper['listEvents'] = (query) => this.#parts.store.listEvents(query);

  subscribe(listener: EventListener): () => void {
    return this.#feed.subscribe(listener);
  }

  status(): KeeperStatus {
    return this.#status;
  }

  now(): number {
    return Math.max(this.#world?.meta.instant ?? 0, this.#parts.clock.now());
  }

  /** The number of the last event that was decided. */
  lastEvent(): number {
    return this.#world?.meta.eventSeq ?? 0;
  }

  /** Refuses what comes from now on, finishes what has come, and lets go of those who wait. The store stays open. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#status.state === 'stopped') return;
    this.#status = { state: 'stopping' };
    this.#wakeUp?.cancel();
    this.#wakeUp = undefined;
    this.#waiters.wakeAll();
    this.#stop.abort(new Refusal('stopping', 'The server is stopping.'));
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      this.#schedule();
      this.#settleIfIdle();
    });
    this.#refuseMailbox(this.#refusalOfWrites());
    this.#status = { state: 'stopped' };
  }

  #schedule(): void {
    if (this.#isPumping || !this.#canWork()) return;
    this.#isPumping = true;
    this.#parts.defer(() => {
      this.#isPumping = false;
      this.#pump();
    });
  }

  /**
   * Decides what has come and sends it to the store, unless as many commits as may be are under way: then what comes gathers
   * until one of them lands.
   */
  #pump(): void {
    if (!this.#canWork()) return this.#settleIfIdle();
    this.#armTimer();
    const hasWork = this.#mailbox.length > 0 || this.#isTickDue();
    if (!hasWork) return this.#settleIfIdle();
    if (this.#flights.length >= COMMITS_UNDER_WAY_MAX) return;
    this.#takeOff();
    this.#schedule();
  }

  #canWork(): boolean {
    const { state } = this.#status;
    return this.#world !== undefined && !this.#hasFailed && (state === 'running' || state === 'stopping');
  }

  /** A keeper that stops answers what was asked, and leaves what is due to the next one. */
  #isTickDue(): boolean {
    return this.#isTickWanted && this.#status.state === 'running';
  }

  #takeOff(): void {
    const builder = new BatchBuilder();
    const now = this.now();
    const answers: Answer[] = [];
    const waiting = this.#mailbox.length;
    this.#keepPlaces(builder, now);
    if (this.#isTickDue()) {
      this.#isTickWanted = false;
      this.#decide(builder, TICK, { now, isSizingDeferred: this.#sizing.ofTick(waiting, now) });
      this.#noteSizing(now);
    }
    const isSizingDeferred = this.#sizing.ofCommand(waiting);
    for (const entry of this.#mailbox.splice(0, BATCH_COMMANDS_MAX)) {
      answers.push(this.#decide(builder, entry, { now, isSizingDeferred }));
    }
    this.#noteSizing(now);
    if (builder.isEmpty) return this.#answerAfterCommit(answers);
    const { clock, elapsed = clock, store } = this.#parts;
    const batch = builder.build(this.#term, (this.#world as World).meta);
    const flight: Flight = { builder, batch, answers, startedAt: elapsed.now() };
    this.#flights.push(flight);
    const committed = store.commit(batch);
    this.#commit = committed.catch(() => {
      throw this.#unavailable('The store failed. Nothing that was answered is lost; try again soon.');
    });
    // Without a reader nobody else handles it.
    this.#commit.catch(() => {});
    committed.then(
      () => this.#land(flight),
      (error: unknown) => this.#crash(flight, error as Error),
    );
  }

  /** Nobody could ask while nobody kept the world, so the first decision on it is that this costs nobody a place. */
  #keepPlaces(builder: BatchBuilder, now: number): void {
    const since = this.#awaySince;
    this.#awaySince = undefined;
    if (since === undefined || this.#world?.waiters.size === 0) return;
    this.#decide(builder, byItself({ type: 'keepPlaces', since }), { now, isSizingDeferred: true });
  }

  /** What changed nothing may still have seen what is not durable yet. */
  #answerAfterCommit(answers: readonly Answer[]): void {
    this.#commit.then(
      () => answers.forEach(settleAnswer),
      (error: unknown) => answers.forEach(({ entry }) => entry.reject(error)),
    );
  }

  /** The batch is durable: now everybody may know. Commits land in the order in which they took off. */
  #land(flight: Flight): void {
    invariant(this.#flights.shift() === flight, 'commits land in the order in which they took off');
    const { builder, batch, answers, startedAt } = flight;
    const { clock, elapsed = clock, probe } = this.#parts;
    probe?.committed({
      commands: answers.length,
      changes: batch.upserts.length + batch.deletes.length,
      events: batch.events,
      durationMs: elapsed.now() - startedAt,
    });
    this.#waiters.notice(builder.changes);
    this.#documentWaiters.notice(builder.changes);
    for (const answer of answers) settleAnswer(answer);
    this.#feed.publish(builder.events);
    handOutJobs(this.#runner as JobRunner, this.#world as World, builder.changes);
    this.#schedule();
    this.#settleIfIdle();
  }

  /** The batch is not durable, nor is any that took off after it: the store refuses those too. */
  #crash(flight: Flight, error: Error): void {
    this.#flights.splice(this.#flights.indexOf(flight), 1);
    for (const change of flight.builder.changes) this.#lost.push(change);
    const { logger, probe } = this.#parts;
    probe?.commitFailed();
    if (this.#canWork()) {
      logger.error({ err: error }, 'a commit failed; the keeper takes no writes until the store does');
    }
    this.#reportTrouble(error);
    this.#hasFailed = true;
    const message = `The change could not be made durable: ${error.message}`;
    const failure = new Refusal('store_unavailable', message, { cause: error });
    for (const { entry } of flight.answers) entry.reject(failure);
    this.#refuseMailbox(failure);
    if (this.#flights.length > 0) return;
    this.#recovery = this.#recover().finally(() => {
      this.#recovery = undefined;
      this.#schedule();
      this.#settleIfIdle();
    });
  }

  /** Tells a keeper that stops that nothing is under way any more. */
  #settleIfIdle(): void {
    const isIdle = this.#flights.length === 0 && this.#recovery === undefined && !this.#isPumping;
    if (isIdle && (this.#mailbox.length === 0 || !this.#canWork())) this.#onIdle?.();
  }

  #noteSizing(now: number): void {
    this.#sizing.note((this.#world as World).unsettledPools.size, now);
  }

  #decide(
    builder: BatchBuilder,
    entry: Entry,
    at: Pick<DecisionContext, 'now' | 'isSizingDeferred'>,
  ): Answer {
    const world = this.#world as World;
    try {
      const { newId, random, sealRecord, checkStep } = this.#parts;
      const decision = (this.#parts.decide ?? decide)(world, entry.command, {
        ...at,
        newId,
        random,
        sealRecord,
        checkStep,
      });
      builder.add(decision);
      return {
        entry,
        value: entry.look === undefined ? decision.reply : entry.look(decision.reply as never, world),
      };
    } catch (error) {
      if (!(error instanceof Refusal))
        this.#parts.logger.error({ err: error, command: entry.command.type }, 'a decision failed');
      return { entry, error };
    }
  }

  /** Memory is ahead of disk: forgets it, loads what is durable, and takes writes again once the store does. */
  async #recover(): Promise<void> {
    this.#world = undefined;
    if (this.#status.state !== 'readonly') return this.#waiters.wakeAll();
    const { timers, logger, store } = this.#parts;
    for (let waitMs = RECOVERY_FIRST_MS; ; waitMs = Math.min(RECOVERY_MAX_MS, waitMs * 2)) {
      try {
        if (this.#world === undefined) await this.#load();
        const meta = (this.#world as unknown as World).meta;
        await store.commit({
          term: this.#term,
          meta: { ...meta },
          upserts: [],
          deletes: [],
          ended: [],
          runs: [],
          records: [],
          events: [],
        });
        this.#commit = Promise.resolve();
        await this.#feed.publishMissed(store, meta.eventSeq);
        if (this.#stop.signal.aborted) return;
        this.#status = { state: 'running' };
        logger.info('the store takes writes again');
        this.#hasFailed = false;
        handOutAgain(this.#runner as JobRunner, this.#world as unknown as World, this.#lost.splice(0));
        return;
      } catch (error) {
        this.#reportTrouble(error as Error);
        logger.warn({ err: error, againInMs: waitMs }, 'the store still fails');
        if (error instanceof StaleTerm) return this.#waiters.wakeAll();
      }
      try {
        await sleep(timers, waitMs, this.#stop.signal);
      } catch {
        return;
      }
    }
  }

  async #load(): Promise<void> {
    const world = await loadWorld(this.#parts.store);
    this.#world = world;
    this.#awaySince = world.meta.instant;
    this.#parts.clock.reach?.(world.meta.instant);
    // What is loaded is durable; reads have nothing to wait for.
    this.#commit = Promise.resolve();
    this.#isTickWanted = true;
    this.#waiters.wakeAll();
    this.#documentWaiters.wakeAll();
    this.#parts.onLoad?.();
  }

  /** Wakes the keeper when the world next wants a tick. */
  #armTimer(): void {
    const at = nextTickAt(this.#world as World);
    if (at === undefined || this.#status.state !== 'running') return;
    const now = this.now();
    if (at <= now) {
      this.#isTickWanted = true;
      return;
    }
    if (this.#wakeUp !== undefined && this.#wakeUp.at <= at) return;
    this.#wakeUp?.cancel();
    // A clock that is set forward, or a machine that slept, makes a deadline come sooner than any timer knows.
    const cancel = this.#parts.timers.set(Math.min(at - now, WAKE_UP_MS_MAX), () => {
      this.#wakeUp = undefined;
      this.#isTickWanted = true;
      this.#schedule();
    });
    this.#wakeUp = { at, cancel };
  }

  #refuseMailbox(refusal: Refusal | undefined): void {
    for (const entry of this.#mailbox.splice(0))
      entry.reject(refusal ?? this.#unavailable('The keeper stopped.'));
  }

  #refusalOfWrites(): Refusal | undefined {
    if (this.#mailbox.length >= MAILBOX_MAX) {
      return new Refusal('too_many_requests', 'Too many requests wait for a decision. Try again soon.');
    }
    switch (this.#status.state) {
      case 'running':
        return undefined;
      case 'loading':
        return this.#unavailable('The server is still loading. Try again soon.');
      case 'stopping':
      case 'stopped':
        return new Refusal('stopping', 'The server is stopping. Try again soon.');
      case 'readonly':
        return this.#unavailable(`The store takes no writes: ${this.#status.reason}`);
      case 'deposed':
        return this.#unavailable('Another server has taken over this world.');
    }
  }

  /** A keeper that is stopping stays so, whatever happens on the way. */
  #reportTrouble(error: Error): void {
    if (this.#status.state === 'stopping') return;
    this.#status = { state: error instanceof StaleTerm ? 'deposed' : 'readonly', reason: error.message };
  }

  #unavailable(message: string): Refusal {
    return new Refusal('store_unavailable', message);
  }
}
