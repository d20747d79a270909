import type { JobTicket, RequestLease } from '@poolkeeper/core';
import type { JobRunner, LookTicket } from '../jobs/contract.ts';
import type { KeptTerm } from '../keeper/contract.ts';
import { WorldKeeper } from '../keeper/keeper.ts';
import { loadWorld } from '../keeper/load-world.ts';
import { silentLogger } from '../logger.ts';
import { createMemoryDisk } from '../store/memory/memory-disk.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import { VirtualTime } from '../virtual-time.ts';
import { ControlledStore } from './controlled-store.ts';
import { rememberProviders } from './remember-providers.ts';
import { PLAIN_SEAL } from '../../core/testing/plain-seal.ts';

/** A keeper on a store in memory, with time that a test moves, a store that fails when told to, and a runner that only notes. */
export type KeeperHarness = {
  readonly keeper: WorldKeeper;
  readonly store: ControlledStore;
  readonly time: VirtualTime;
  /** Every job that was handed out, in order. */
  readonly jobs: JobTicket[];
  /** Ids of the jobs that were taken back, in order. */
  readonly dropped: string[];
  /** What was handed out for upkeeps, null where no look is wanted any more. */
  readonly looks: [string, LookTicket | null][];
  /** A pool of registered members. */
  readonly pool: (name: string, members: number) => Promise<void>;
  /** Asks for a lease on one resource; answers its id. */
  readonly lease: (pool: string, more?: Partial<RequestLease>) => Promise<string>;
  /** Sets the machine's clock forward or back; no time passes by that. */
  setClock(byMs: number): void;
  /** Lets everything that is ready come to rest. */
  readonly settle: () => Promise<void>;
  /** Another keeper on the same disk, at another time where one is said; this one is forgotten, as a crash forgets it. */
  readonly restart: (at?: number) => Promise<KeeperHarness>;
  /** The same, under a term that is acquired for it. */
  readonly takeOver: (term: Pick<KeptTerm, 'isHeld' | 'lose'>) => Promise<KeeperHarness>;
  /** Stops the keeper and closes the store. */
  readonly close: () => Promise<void>;
};

export async function aKeeper(
  disk = createMemoryDisk(),
  instance = 1,
  startsAt = 1_700_000_000_000,
  kept?: Pick<KeptTerm, 'isHeld' | 'lose'>,
): Promise<KeeperHarness> {
  const inner = await openMemoryStore(disk);
  if (instance === 1) await rememberProviders(inner);
  const store = new ControlledStore(inner);
  const time = new VirtualTime(startsAt);
  const jobs: JobTicket[] = [];
  const dropped: string[] = [];
  const looks: [string, LookTicket | null][] = [];
  let nextId = 0;
  let clockOffMs = 0;
  const keeper = new WorldKeeper({
    store,
    clock: { now: () => time.now() + clockOffMs },
    timers: time,
    random: () => 0.5,
    ...PLAIN_SEAL,
    newId: (prefix) => `${prefix}_${instance}_${String((nextId += 1)).padStart(6, '0')}`,
    defer: queueMicrotask,
    logger: silentLogger,
  });
  const term = kept && { ...kept, term: await inner.claim(), world: await loadWorld(inner) };
  const runner: JobRunner = {
    accept: (ticket) => void jobs.push(ticket),
    drop: (jobId) => void dropped.push(jobId),
    look: (upkeep, ticket) => void looks.push([upkeep, ticket]),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  await keeper.start(runner, term);
  const ask = keeper.ask.bind(keeper);
  return {
    keeper,
    store,
    time,
    jobs,
    dropped,
    looks,
    async pool(name, members) {
      await ask({ type: 'putPool', name, merge: false, spec: { provider: 'hand' } });
      for (let n = 1; n <= members; n += 1)
        await ask({ type: 'registerResource', pool: name, name: `${name}-${n}` });
    },
    async lease(pool, more = {}) {
      const { id } = await ask({ type: 'requestLease', holder: 'ann', items: [{ pool, count: 1 }], ...more });
      return id;
    },
    setClock: (byMs) => {
      clockOffMs += byMs;
    },
    settle: () => time.advance(0),
    restart: (at = startsAt) => aKeeper(disk, instance + 1, at),
    takeOver: (under) => aKeeper(disk, instance + 1, startsAt, under),
    async close() {
      await keeper[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}
