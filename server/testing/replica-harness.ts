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

/** Replicas that share one database in memory, and the one time of them all. */
export class TestCluster {
  readonly time = new VirtualTime(1_700_000_000_000);
  readonly disk: MemoryDisk = createMemoryDisk();
  readonly replicas: TestReplica[] = [];

  /** Adds a replica and begins it. `machineOffMs`: how far its machine's clock is ahead. */
  async add(name: string, input: { readonly machineOffMs?: number } = {}): Promise<TestReplica> {
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
        const tenure = new TestTenure();
        tenures.push(tenure);
        return tenure;
      },
    });
    const added: TestReplica = { replica, store, link, tenures, log, pause, resume };
    this.replicas.push(added);
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

  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await this.time.advance(0);
  }
}

/** A tenure that notes what happens to it, and does what a test says. */
export class TestTenure implements Tenure {
  readonly happened: string[] = [];
  start: TenureStart | undefined;
  /** What `begin`, `drain` and the end wait for or fail by. */
  static onBegin: (tenure: TestTenure) => Promise<void> = async () => {};
  onDrain: () => Promise<void> = async () => {};
  onEnd: () => Promise<void> = async () => {};

  async begin(start: TenureStart): Promise<void> {
    this.happened.push('begin');
    this.start = start;
    await TestTenure.onBegin(this);
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
