import { DatabaseClock } from '../../server/cluster/database-clock.ts';
import type { Tenure, TenureStart } from '../../server/cluster/contract.ts';
import { Replica } from '../../server/cluster/replica.ts';
import type { WorldKeeper } from '../../server/keeper/keeper.ts';
import type { Logger } from '../../server/logger.ts';
import type { MemoryDisk } from '../../server/store/memory/memory-disk.ts';
import type { SharedStore } from '../../server/store/shared-contract.ts';
import type { Batch } from '../../server/store/contract.ts';
import type { VirtualTime } from '../../server/virtual-time.ts';
import type { Chance } from '../chance.ts';
import { ConnectionLost, isExpected } from '../life.ts';
import type { Life, LifeInput } from '../life.ts';
import type { Plant } from '../plant.ts';
import type { Report } from '../report.ts';
import { SimClock } from '../sim-clock.ts';
import { FAIR_LINK, Link } from './link.ts';
import { OwnTimers } from './own-timers.ts';

/** How long a replica leaves the world to others at most, once it could not begin, in milliseconds: it waits longer each time. */
const BACK_OFF_MS_MAX = 62_000;

export type SimReplicaInput = {
  readonly name: string;
  readonly number: number;
  readonly time: VirtualTime;
  readonly disk: MemoryDisk;
  readonly database: SharedStore;
  readonly chance: Chance;
  /** How far its machine's clock is ahead of the database's, in milliseconds. */
  readonly skewMs: number;
  readonly plant: Plant | undefined;
  readonly report: Report;
  readonly written: (batch: Batch) => void;
  readonly openLife: (input: Pick<LifeInput, 'clock' | 'timers' | 'openDisk' | 'chance'>) => Life;
  /** A tenure begins on the world that its replica followed. */
  readonly begins: (life: Life, start: TenureStart) => void;
};

/** One process of several: the product's own replica, on a machine that can be halted, and a way to the database that can be cut. */
export class SimReplica {
  readonly name: string;
  readonly link: Link;
  readonly replica: Replica;
  readonly #input: SimReplicaInput;
  readonly #own: OwnTimers;
  /** Those who were not heard yet when the process died. */
  readonly #unheard = new Set<() => void>();
  /** What keeps the world, or did last. */
  life: Life | undefined;
  /** From when on it can be expected to take the world, as far as that hangs on it. */
  wellSince: number;
  isDead = false;

  constructor(input: SimReplicaInput) {
    const { name, number, time, chance, plant } = input;
    this.#input = input;
    this.name = `${name}/${number}`;
    this.wellSince = time.now();
    const own = new OwnTimers(time);
    this.#own = own;
    const machine = new SimClock(time);
    machine.jump(input.skewMs);
    this.link = new Link({
      database: input.database,
      disk: input.disk,
      write: plant?.writes?.(input.database, input.disk) ?? ((batch) => input.database.commit(batch)),
      world: time,
      own,
      elapsed: time,
      chance: chance.fork('link'),
      forgetsNumbers: plant?.forgetsNumbers === true,
      written: input.written,
    });
    const clock = new DatabaseClock({ elapsed: time, machine });
    const random = chance.fork('random');
    let tenures = 0;
    this.replica = new Replica({
      store: this.link.store,
      card: { id: this.name, name, address: `${name}:7421`, version: '1.0.0' },
      timers: own,
      elapsed: time,
      random: () => random.next(),
      clock,
      logger: this.#logger(),
      openTenure: async () => {
        tenures += 1;
        return this.#tenureOf(
          input.openLife({
            clock,
            timers: own,
            chance: chance.fork(`tenure ${tenures}`),
            openDisk: () => ({
              store: this.link.store,
              underWay: () => this.link.underWay,
              kill: () => Promise.resolve(),
            }),
          }),
        );
      },
    });
  }

  start(): void {
    this.replica.start().catch((error: Error) => this.#input.report('no-defect', String(error.stack)));
  }

  get isPaused(): boolean {
    return this.#own.isPaused;
  }

  /** Does it take itself for the one that keeps the world? */
  get isKeeping(): boolean {
    return !this.isDead && this.replica.role() === 'keeping' && this.life?.isDead === false;
  }

  /** Nothing stands between it and the world. */
  get isWell(): boolean {
    return !this.isDead && !this.isPaused && this.link.mood === FAIR_LINK;
  }

  /** Asks it as somebody on the network does. */
  call<T>(what: string, ask: (keeper: WorldKeeper) => Promise<T>, isPatient: boolean): Promise<T> {
    return new Promise((resolve, reject) => {
      const lose = (): void => reject(new ConnectionLost(`${what}: the process died`));
      this.#unheard.add(lose);
      this.#own.set(0, () => {
        this.#unheard.delete(lose);
        const { life } = this;
        if (life === undefined || !this.isKeeping)
          reject(new ConnectionLost(`${what}: ${this.name} does not keep`));
        else life.call(what, ask, isPatient).then(resolve, reject);
      });
    });
  }

  pause(): void {
    this.#own.pause();
  }

  resume(): void {
    if (!this.isPaused) return;
    this.#own.resume();
    this.wellSince = this.#input.time.now();
  }

  /** The process is gone between two instructions; what it sent may still arrive. */
  async kill(): Promise<void> {
    this.isDead = true;
    this.#own.kill();
    for (const lose of this.#unheard) lose();
    this.#unheard.clear();
    await this.life?.kill();
    this.life = undefined;
  }

  #tenureOf(life: Life): Tenure {
    let hasBegun = false;
    return {
      begin: async (start) => {
        this.life = life;
        this.#input.begins(life, start);
        const { plant } = this.#input;
        await life.start(plant?.tenure?.(start) ?? start);
        hasBegun = true;
      },
      drain: () => life.drain(),
      [Symbol.asyncDispose]: async () => {
        if (!hasBegun) this.wellSince = this.#input.time.now() + BACK_OFF_MS_MAX;
        await life.kill();
      },
    };
  }

  #logger(): Logger {
    const listen = (fields: object | string): void => {
      const error = typeof fields === 'object' && 'err' in fields ? fields.err : undefined;
      if (error instanceof Error && !this.isDead && !isExpected(error))
        this.#input.report('no-defect', `${this.name}: ${error.stack ?? error.message}`);
    };
    return { debug: () => {}, info: () => {}, warn: listen, error: listen };
  }
}
