import type { World, WorldEvent } from '@poolkeeper/core';
import { createMemoryDisk } from '../server/store/memory/memory-disk.ts';
import { openMemoryStore } from '../server/store/memory/memory-store.ts';
import type { WorldKeeper } from '../server/keeper/keeper.ts';
import type { Chance } from './chance.ts';
import { ConnectionLost, Life } from './life.ts';
import type { LifeInput } from './life.ts';
import { FAIR_STORE } from './sim-store.ts';
import type { StoreMood } from './sim-store.ts';
import type { Trace } from './trace.ts';

type Shared = Omit<LifeInput, 'number' | 'inner' | 'storeMood' | 'published' | 'isCurrent'>;

/** How long a graceful stop may take, in milliseconds: calls outside are told to end, and have a grace. */
const STOP_MS_MAX = 60_000;

/**
 * Where the keeper runs: one disk that outlives every crash, and on it one process after another. At times two: one that was
 * replaced and does not know it yet.
 */
export class Machine {
  readonly #shared: Shared;
  readonly #trace: Trace;
  readonly #chance: Chance;
  readonly #disk = createMemoryDisk();
  #lives = 0;
  #life: Life | undefined;
  #state: 'down' | 'starting' | 'up' | 'stopping' = 'down';
  #stoppingSince = 0;
  /** A process that was replaced and still works, cut off from outside. */
  #deposed: Life | undefined;
  storeMood: StoreMood = FAIR_STORE;
  lastPublished = 0;

  constructor(shared: Shared, trace: Trace) {
    this.#shared = shared;
    this.#trace = trace;
    this.#chance = shared.chance.fork('machine');
  }

  get state(): 'down' | 'starting' | 'up' | 'stopping' {
    return this.#state;
  }

  /** The process that serves, or is about to. */
  get life(): Life | undefined {
    return this.#life;
  }

  get deposed(): Life | undefined {
    return this.#deposed;
  }

  world(): World | undefined {
    return this.#state === 'up' ? this.#life?.world() : undefined;
  }

  isAtRest(): boolean {
    return this.#state === 'up' && this.#life?.isAtRest() === true;
  }

  /** Starts a process on the disk. It is up when its world is loaded; when that fails, it dies. */
  async start(): Promise<void> {
    this.#lives += 1;
    const life = new Life({
      ...this.#shared,
      chance: this.#chance.fork(`life ${this.#lives}`),
      number: this.#lives,
      inner: await openMemoryStore(this.#disk),
      storeMood: () => this.storeMood,
      isCurrent: (one) => this.#life === one,
      published: (publisher, events) => this.#takePublished(publisher, events),
    });
    this.#life = life;
    this.#state = 'starting';
    this.#trace.add(`life ${life.number} starts`);
    life.start().then(
      () => {
        if (this.#life !== life || life.isDead) return;
        this.#state = 'up';
        this.#trace.add(`life ${life.number} is up`);
      },
      (error: Error) => {
        if (life.isDead) return;
        this.#trace.add(`life ${life.number} cannot start: ${error.message}`);
        return this.#bury(life);
      },
    );
  }

  /** The process is gone between two instructions. */
  async crash(): Promise<void> {
    if (this.#life === undefined) return;
    this.#trace.add(`life ${this.#life.number} crashes`);
    await this.#bury(this.#life);
  }

  /** Stops the process as an operator does; time has to pass until it has ended. */
  stop(): void {
    const life = this.#life;
    if (life === undefined || this.#state !== 'up') return;
    this.#state = 'stopping';
    this.#stoppingSince = this.#shared.time.now();
    this.#trace.add(`life ${life.number} stops`);
    life.stop().then(
      () => {
        this.#trace.add(`life ${life.number} has stopped`);
        return this.#bury(life);
      },
      (error: Error) => this.#shared.report('no-defect', `stopping: ${error.stack ?? error.message}`),
    );
  }

  /** Another process takes the disk over; the one before it is cut off from outside and does not know. */
  async takeOver(): Promise<void> {
    const life = this.#life;
    if (life === undefined || this.#state !== 'up') return;
    await this.#deposed?.kill();
    this.#trace.add(`life ${life.number} is replaced`);
    life.isolate();
    this.#deposed = life;
    this.#life = undefined;
    await this.start();
  }

  async endDeposed(): Promise<void> {
    await this.#deposed?.kill();
    this.#deposed = undefined;
  }

  /** Asks the process that serves; `isPatient` for a long poll. */
  call<T>(what: string, ask: (keeper: WorldKeeper) => Promise<T>, isPatient = false): Promise<T> {
    const life = this.#life;
    if (life === undefined || this.#state === 'starting')
      return Promise.reject(new ConnectionLost(`${what}: nobody listens`));
    return life.call(what, ask, isPatient);
  }

  /** Looks whether a stop takes too long. */
  checkStop(): void {
    const tookMs = this.#shared.time.now() - this.#stoppingSince;
    if (this.#state === 'stopping' && tookMs > STOP_MS_MAX) {
      this.#shared.report('stops', `life ${this.#life?.number} has been stopping for ${tookMs} ms`);
    }
  }

  async #bury(life: Life): Promise<void> {
    await life.kill();
    if (this.#life !== life) return;
    this.#life = undefined;
    this.#state = 'down';
    for (const { endsWithServer, outside } of this.#shared.places.values())
      if (endsWithServer) outside.things.clear();
  }

  #takePublished(life: Life, events: readonly WorldEvent[]): void {
    for (const event of events) {
      if (life.nextPublished !== undefined && event.seq !== life.nextPublished) {
        this.#shared.report(
          'feed-is-complete',
          `life ${life.number} publishes event ${event.seq}, ${life.nextPublished} comes next`,
        );
      }
      life.nextPublished = event.seq + 1;
    }
  }
}
