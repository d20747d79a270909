import { decide, invariant, nextTickAt, Refusal } from '@poolkeeper/core';
import type { Change, Command, DecisionContext, ReplyTo, Token, World } from '@poolkeeper/core';
import type { JobRunner } from '../jobs/contract.ts';
import { StaleTerm, StoreFailure } from '../store/contract.ts';
import type { Batch } from '../store/contract.ts';
import { sleep } from '../timers.ts';
import { BatchBuilder } from './batch.ts';
import type { Keeper, KeeperStatus, KeptTerm } from './contract.ts';
import { DocumentWaiters } from './document-waiters.ts';
import type { DocumentSubject } from './document-waiters.ts';
import { EventFeed } from './event-feed.ts';
import type { EventListener } from './event-feed.ts';
import type { KeeperParts } from './keeper-parts.ts';
import { findLiveToken } from './find-live-token.ts';
import { handOutAgain, handOutAll, handOutJobs } from './job-tickets.ts';
import { isWaiting, LeaseWaiters } from './lease-waiters.ts';
import { loadWorld } from './load-world.ts';
import { byItself, settleAnswer } from './mailbox-entry.ts';
import type { Answer, Entry } from './mailbox-entry.ts';
import { refusalOfWrites, unavailable } from './refusal-of-writes.ts';
import { SizingDeferral } from './sizing-deferral.ts';
import { WakeUp } from './wake-up.ts';

/** Commands that one commit may carry. */
const BATCH_COMMANDS_MAX = 512;
/** Commits under way at once: while the store writes one, the next is decided and sent. More only make batches small. */
const COMMITS_UNDER_WAY_MAX = 2;
/** How long the keeper waits before it tries a failed store again, in milliseconds; doubles up to the second. */
const RECOVERY_FIRST_MS = 250;
const RECOVERY_MAX_MS = 10_000;

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
  /** The last world that was known, also while none may be read: a token does not become unknown by a failure of the store. */
  #lastKnown: World | undefined;
  #term = 0;
  /** Whose term it is, where somebody else acquired it. */
  #kept: KeptTerm | undefined;
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
  readonly #wakeUp: WakeUp;
  readonly #stop = new AbortController();

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#wakeUp = new WakeUp(parts.timers, () => {
      this.#isTickWanted = true;
      this.#schedule();
    });
  }

  /**
   * Claims the store, loads the world and begins to work; live jobs are handed out again. With `kept` the term and the world are there
   * already: then nothing is decided or answered once it is not held any more, and a commit that fails ends it, since another keeper may
   * have begun.
   *
   * Errors: those of the store; nothing was changed then.
   */
  async start(runner: JobRunner, kept?: KeptTerm): Promise<void> {
    this.#runner = runner;
    this.#kept = kept;
    if (kept === undefined) {
      this.#term = await this.#parts.store.claim();
      await this.#load();
    } else {
      this.#term = kept.term;
      this.#adopt(kept.world);
    }
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
    if (this.#world === undefined) throw this.#refusalOfReads();
    const seen = look(this.#world);
    await this.#commit;
    this.#requireHeld();
    return seen;
  }

  findToken(hash: string): Token | undefined {
    return findLiveToken(this.#lastKnown, hash, this.now());
  }

  async untilGranted(leaseId: string, waitMs: number, signal?: AbortSignal): Promise<void> {
    if (!isWaiting(this.#world?.leases.get(leaseId)) || waitMs <= 0) return;
    await this.#waiters.until(leaseId, { waitMs, signal, timers: this.#parts.timers });
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
  readonly findEndedLease: Keeper['findEndedLease'] = (id) => told(this.#parts.store.findEndedLease(id));
  readonly listEndedLeases: Keeper['listEndedLeases'] = (query) =>
    told(this.#parts.store.listEndedLeases(query));
  readonly findRun: Keeper['findRun'] = (id) => told(this.#parts.store.findRun(id));
  readonly listRuns: Keeper['listRuns'] = (query) => told(this.#parts.store.listRuns(query));
  readonly listTurnovers: Keeper['listTurnovers'] = (query) => told(this.#parts.store.listTurnovers(query));
  readonly listEvents: Keeper['listEvents'] = (query) => told(this.#parts.store.listEvents(query));

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
    this.#wakeUp.cancel();
    this.#waiters.wakeAll();
    this.#stop.abort(new Refusal('stopping', 'The server is stopping.'));
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      this.#schedule();
      this.#settleIfIdle();
    });
    this.#refuseMailbox(this.#refusalOfWrites() ?? unavailable('The keeper stopped.'));
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
    if (this.#kept?.isHeld() === false) return this.#endTerm(new StaleTerm('The time of its term is over.'));
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
      throw unavailable('The store failed. Nothing that was answered is lost; try again soon.');
    });
    // Without a reader nobody else handles it.
    this.#commit.catch(() => {});
    committed.then(
      () => this.#land(flight),
      (error: unknown) => this.#crash(flight, error as Error),
    );
  }

  /** Nobody could ask while nobody kept the world, so the first decision on it is that this costs nobody a place or a lease. */
  #keepPlaces(builder: BatchBuilder, now: number): void {
    const since = this.#awaySince;
    this.#awaySince = undefined;
    if (since === undefined) return;
    this.#decide(builder, byItself({ type: 'keepPlaces', since }), { now, isSizingDeferred: true });
  }

  /** What changed nothing may still have seen what is not durable yet. */
  #answerAfterCommit(answers: readonly Answer[]): void {
    const durable = this.#commit.then(() => this.#requireHeld());
    durable.then(
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
    // Where the term ended meanwhile, what the batch began is for the next keeper to hand out.
    if (this.#world !== undefined && this.#kept?.isHeld() !== false)
      handOutJobs(this.#runner as JobRunner, this.#world, builder.changes);
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
    const failure = failureOfCommit(error, this.#kept !== undefined);
    for (const { entry } of flight.answers) entry.reject(failure);
    if (this.#kept !== undefined) return this.#endTerm(error);
    this.#reportTrouble(error);
    this.#hasFailed = true;
    this.#refuseMailbox(failure);
    if (this.#flights.length > 0) return;
    this.#recovery = this.#recover().finally(() => {
      this.#recovery = undefined;
      this.#schedule();
      this.#settleIfIdle();
    });
  }

  /** Nothing is decided under this term any more: another keeper may have begun, or will. */
  #endTerm(why: Error): void {
    const isNews = !this.#hasFailed;
    this.#hasFailed = true;
    if (this.#status.state !== 'stopping') this.#status = { state: 'deposed', reason: why.message };
    this.#world = undefined;
    this.#wakeUp.cancel();
    this.#refuseMailbox(unavailable('Another server is about to take this world over. Try again soon.'));
    this.#waiters.wakeAll();
    this.#documentWaiters.wakeAll();
    if (isNews) this.#kept?.lose(why);
    this.#settleIfIdle();
  }

  /** What was seen under a term that is over may not be so any more. */
  #requireHeld(): void {
    if (this.#kept?.isHeld() !== false) return;
    this.#endTerm(new StaleTerm('The time of its term is over.'));
    throw this.#refusalOfReads();
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
        await store.commit(new BatchBuilder().build(this.#term, meta));
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
    this.#adopt(await loadWorld(this.#parts.store));
  }

  #adopt(world: World): void {
    this.#world = world;
    this.#lastKnown = world;
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
    this.#wakeUp.at(at, now);
  }

  #refuseMailbox(refusal: Refusal): void {
    for (const entry of this.#mailbox.splice(0)) entry.reject(refusal);
  }

  #refusalOfWrites(): Refusal | undefined {
    return refusalOfWrites(this.#status, this.#mailbox.length);
  }

  #refusalOfReads(): Refusal {
    const { state } = this.#status;
    return state === 'loading' || state === 'readonly'
      ? unavailable('The server is still loading its world. Try again soon.')
      : (this.#refusalOfWrites() ??
          unavailable('Another server is about to take this world over. Try again soon.'));
  }

  /** A keeper that is stopping stays so, whatever happens on the way. */
  #reportTrouble(error: Error): void {
    if (this.#status.state === 'stopping') return;
    this.#status = { state: error instanceof StaleTerm ? 'deposed' : 'readonly', reason: error.message };
  }
}

/** Where another keeper may have begun, nobody here can tell what became of a batch; a repeated key answers it. */
function failureOfCommit(error: Error, isKept: boolean): Refusal {
  return isKept
    ? new Refusal(
        'outcome_unknown',
        'The server lost this world while the change was written. Look whether it was.',
        {
          cause: error,
        },
      )
    : new Refusal('store_unavailable', `The change could not be made durable: ${error.message}`, {
        cause: error,
      });
}

/** History that cannot be read now, since the store is on another machine and away, is asked for again. */
async function told<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error;
    throw new Refusal('store_unavailable', 'The history cannot be read now. Try again soon.', {
      cause: error,
    });
  }
}
