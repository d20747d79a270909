import type { World } from '@poolkeeper/core';
import { createMemoryDisk } from '../server/store/memory/memory-disk.ts';
import { openMemoryStore } from '../server/store/memory/memory-store.ts';
import type { WorldKeeper } from '../server/keeper/keeper.ts';
import type { Chance } from './chance.ts';
import { ConnectionLost, Life } from './life.ts';
import type { LifeInput } from './life.ts';
import type { SimClock } from './sim-clock.ts';
import { FAIR_STORE, SimStore } from './sim-store.ts';
import type { StoreMood, StoreWatch } from './sim-store.ts';
import type { Store } from '../server/store/contract.ts';
import type { Trace } from './trace.ts';

export type MachineInput = Omit<LifeInput, 'number' | 'openDisk' | 'timers' | 'clock' | 'decides'> & {
  /** The machine's clock; the database's, where several machines share one. */
  readonly clock: SimClock;
  readonly watch: StoreWatch;
};

/** Where the keeper runs, as everybody else sees it: one process after another, or several that share the world. */
export type Machine = {
  readonly state: 'down' | 'starting' | 'up' | 'stopping';
  /** Is a process missing that should run? */
  readonly isShort: boolean;
  /** What serves, or is about to. */
  readonly life: Life | undefined;
  /** Its memory, while it serves. */
  world(): World | undefined;
  isAtRest(): boolean;
  /** What others know that follow, by their names. */
  followed(): readonly { readonly name: string; readonly world: World }[];
  start(): Promise<void>;
  crash(): Promise<void>;
  stop(): void;
  /** Somebody else takes the world over, and who had it may not know. */
  takeOver(): Promise<void>;
  /** Something is wrong with the store from now on. */
  trouble(chance: Chance): void;
  setClock(byMs: number): void;
  /** Nothing is wrong any more. */
  clearUp(): void;
  /** Who was replaced and does not know is gone. */
  endDeposed(): Promise<void>;
  call<T>(what: string, ask: (keeper: WorldKeeper) => Promise<T>, isPatient?: boolean): Promise<T>;
  /** Looks whether anything takes too long. */
  check(): void;
  /** A store on the disk, to look at its history. */
  openStore(): Promise<Store>;
  end(): Promise<void>;
};

const STORE_MOODS: readonly Partial<StoreMood>[] = [
  {},
  {},
  {},
  {},
  {},
  { failing: 0.1, lying: 0.1 },
  { failing: 0.7 },
  { lying: 0.3 },
  { lying: 0.6 },
  { failing: 0.3, lying: 0.3, unreadable: 0.3 },
  { commitMs: 3_000 },
];

/** How long a graceful stop may take, in milliseconds: calls outside are told to end, and have a grace. */
const STOP_MS_MAX = 60_000;

/**
 * Where the keeper runs: one disk that outlives every crash, and on it one process after another. At times two: one that was
 * replaced and does not know it yet.
 */
export class LoneMachine implements Machine {
  readonly #shared: MachineInput;
  readonly #trace: Trace;
  readonly #chance: Chance;
  readonly #disk = createMemoryDisk();
  #lives = 0;
  #life: Life | undefined;
  #state: 'down' | 'starting' | 'up' | 'stopping' = 'down';
  #stoppingSince = 0;
  /** A process that was replaced and still works, cut off from outside. */
  #deposed: Life | undefined;
  #storeMood: StoreMood = FAIR_STORE;

  constructor(shared: MachineInput, trace: Trace) {
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

  get isShort(): boolean {
    return this.#state === 'down';
  }

  /** Nobody follows. */
  followed(): [] {
    return [];
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
    const { watch, time } = this.#shared;
    const inner = await openMemoryStore(this.#disk);
    const life: Life = new Life({
      ...this.#shared,
      timers: time,
      chance: this.#chance.fork(`life ${this.#lives}`),
      number: this.#lives,
      openDisk: ({ timers, chance, loaded }) => {
        const store = new SimStore({
          inner,
          timers,
          chance,
          mood: () => this.#storeMood,
          watch: {
            written: (batch) => watch.written(batch),
            loaded: (meta, documents) => {
              loaded(meta);
              // One that was replaced may load while another writes: what it sees is of no account.
              if (this.#life === life) watch.loaded(meta, documents);
            },
          },
        });
        return { store, underWay: () => store.underWay, kill: () => store.kill() };
      },
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

  trouble(chance: Chance): void {
    this.#storeMood = { ...FAIR_STORE, ...chance.pick(STORE_MOODS) };
    this.#trace.add(`store: ${JSON.stringify(this.#storeMood)}`);
  }

  setClock(byMs: number): void {
    this.#shared.clock.jump(byMs);
    this.#trace.add(`the clock jumps by ${byMs} ms`);
  }

  clearUp(): void {
    this.#storeMood = FAIR_STORE;
  }

  openStore(): Promise<Store> {
    return openMemoryStore(this.#disk);
  }

  async end(): Promise<void> {
    await this.#life?.kill();
    await this.endDeposed();
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

  check(): void {
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
}
