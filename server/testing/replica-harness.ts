import { Replica } from '../cluster/replica.ts';
import { DatabaseClock } from '../cluster/database-clock.ts';
import type { Tenure, TenureStart } from '../cluster/contract.ts';
import type { Logger } from '../logger.ts';
import type { MemoryDisk } from '../store/memory/memory-disk.ts';
import { createMemoryDisk } from '../store/memory/memory-disk.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import type { SharedStore } from '../store/shared-contract.ts';
import { VirtualTime } from '../virtual-time.ts';
import { isolatedTimers } from './isolated-timers.ts';
import type { StoreLink } from './store-link.ts';
import { linkedStore } from './store-link.ts';

/** A replica in a test, with the way between it and the database, its time, and the tenures that it had. */
export type TestReplica = {
  readonly replica: Replica;
  readonly store: SharedStore;
  readonly link: StoreLink;
  readonly tenures: TestTenure[];
  /** What it logged, as `level message`. */
  readonly log: string[];
  /** Its process stands still, or goes on. */
  pause(): void;
  resume(): void;
};

const STEP_MS = 10;

type ReplicaInput = {
  /** How far its machine's clock is ahead, in milliseconds. */
  readonly machineOffMs?: number;
  /** What its tenures do as they begin. */
  readonly onBegin?: () => Promise<void>;
  /** Called before it begins. */
  readonly before?: (replica: TestReplica) => void;
};

/** Replicas that share one database in memory, and the one time of them all. */
export class TestCluster {
  readonly time = new VirtualTime(1_700_000_000_000);
  readonly disk: MemoryDisk = createMemoryDisk();
  readonly replicas: TestReplica[] = [];

  /** Adds a replica and begins it. */
  async add(name: string, input: ReplicaInput = {}): Promise<TestReplica> {
    const { time, disk } = this;
    const inner = await openMemoryStore(disk, {}, time);
    const { store, link } = linkedStore(inner, time);
    const { timers, pause, resume } = isolatedTimers(time);
    const tenures: TestTenure[] = [];
    const log: string[] = [];
    const replica = new Replica({
      store,
      card: { id: `rep_${name}_${this.replicas.length}`, name, address: `${name}:7421`, version: '1.0.0' },
      timers,
      elapsed: { now: () => time.now() - 1_600_000_000_000 },
      random: () => 0.5,
      clock: new DatabaseClock({
        elapsed: { now: () => time.now() - 1_600_000_000_000 },
        machine: { now: () => time.now() + (input.machineOffMs ?? 0) },
      }),
      logger: noting(log),
      openTenure: async () => {
        const tenure = new TestTenure(input.onBegin);
        tenures.push(tenure);
        return tenure;
      },
    });
    const added: TestReplica = { replica, store, link, tenures, log, pause, resume };
    this.replicas.push(added);
    input.before?.(added);
    void replica.start();
    await this.settle();
    return added;
  }

  /** Who keeps the world, by name. */
  keepers(): string[] {
    return this.replicas
      .filter(({ replica }) => replica.role() === 'keeping')
      .map(({ replica }) => replica.self.name);
  }

  /** Lets time pass, in steps so short that what follows from one thing happens before the next. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS)
      await this.time.advance(Math.min(STEP_MS, ms - passed));
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await this.time.advance(0);
  }
}

/** A tenure that notes what happens to it, and does what a test says. */
export class TestTenure implements Tenure {
  readonly happened: string[] = [];
  start: TenureStart | undefined;
  /** What `drain` and the end wait for or fail by. */
  onDrain: () => Promise<void> = async () => {};
  onEnd: () => Promise<void> = async () => {};

  readonly #onBegin: () => Promise<void>;

  constructor(onBegin: () => Promise<void> = async () => {}) {
    this.#onBegin = onBegin;
  }

  async begin(start: TenureStart): Promise<void> {
    this.happened.push('begin');
    this.start = start;
    await this.#onBegin();
  }

  async drain(): Promise<void> {
    this.happened.push('drain');
    await this.onDrain();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.happened.push('end');
    await this.onEnd();
  }
}

function noting(log: string[]): Logger {
  const write =
    (level: string) =>
    (...[fields, message]: [object, string] | [string]): void => {
      const err = typeof fields === 'object' && 'err' in fields ? `: ${String(fields.err)}` : '';
      log.push(`${level} ${message ?? String(fields)}${err}`);
    };
  return { debug: () => {}, info: write('info'), warn: write('warn'), error: write('error') } as Logger;
}
