import { createWorld, decide } from '@poolkeeper/core';
import type { Command, DecisionContext, ProviderSpec, World } from '@poolkeeper/core';
import { randomBytes } from 'node:crypto';
import { createIdSource } from '../server/id-source.ts';
import type { Batch, Store } from '../server/store/contract.ts';
import { openSqliteStore } from '../server/store/sqlite/sqlite-store.ts';
import { openPostgresStore } from '../server/store/postgres/postgres-store.ts';
import { silentLogger } from '../server/logger.ts';
import { systemClock, systemRandom, systemTimers } from '../server/system-clock.ts';
import { PLAIN_SEAL } from '../core/testing/plain-seal.ts';

/** Resources that one commit brings. */
const BATCH_RESOURCES = 10_000;
const ARCHITECTURES = ['amd64', 'arm64'] as const;
const ZONES = ['a', 'b', 'c', 'd'] as const;

/** The provider of every pool of the bench: members are registered. */
export const PROVIDER = {
  name: 'hand',
  driver: 'static',
  makes: false,
  options: {},
} as const satisfies ProviderSpec;

export type SeedPool = { readonly name: string; readonly resources: number };

/**
 * Fills the data directory of a server that does not run with pools of free resources.
 *
 * Shape: the core decides every registration, as it would for a request, and the store makes it durable; only HTTP is left
 * out, since a million requests would say nothing about a start.
 */
export async function seedStore(directory: string, pools: readonly SeedPool[]): Promise<void> {
  await using store = await openSqliteStore({ directory });
  await seed(store, pools);
}

/** The same for a database that no replica has open. */
export async function seedDatabase(url: string, pools: readonly SeedPool[]): Promise<void> {
  const elapsed = (): number => performance.now();
  const time = { timers: systemTimers, elapsed, random: systemRandom };
  await using store = await openPostgresStore({ url, environment: {}, logger: silentLogger, ...time });
  await seed(store, pools);
}

async function seed(store: Store, pools: readonly SeedPool[]): Promise<void> {
  const seeder = new Seeder(store, await store.claim());
  for (const pool of pools) await seeder.fill(pool);
}

class Seeder {
  readonly #store: Store;
  readonly #term: number;
  readonly #world: World = createWorld();
  readonly #newId = createIdSource(systemClock, randomBytes);
  #upserts: Batch['upserts'][number][] = [];
  #events: Batch['events'][number][] = [];

  constructor(store: Store, term: number) {
    this.#store = store;
    this.#term = term;
    this.#decide({ type: 'putProvider', spec: PROVIDER });
  }

  async fill(pool: SeedPool): Promise<void> {
    this.#decide({ type: 'putPool', name: pool.name, merge: false, spec: { provider: PROVIDER.name } });
    for (let index = 0; index < pool.resources; index += 1) {
      this.#decide(registrationOf(pool.name, index));
      if (index % BATCH_RESOURCES === BATCH_RESOURCES - 1) await this.#commit();
    }
    await this.#commit();
  }

  #decide(command: Command): void {
    const context: DecisionContext = {
      now: systemClock.now(),
      newId: this.#newId,
      random: systemRandom,
      ...PLAIN_SEAL,
    };
    const { changes, events } = decide(this.#world, command, context);
    const last = new Map(changes.map((change) => [change.id, change]));
    for (const { kind, id, after } of last.values()) {
      this.#upserts.push({ kind, id, document: after } as Batch['upserts'][number]);
    }
    this.#events.push(...events);
  }

  async #commit(): Promise<void> {
    const batch = {
      upserts: this.#upserts,
      events: this.#events,
      deletes: [],
      ended: [],
      runs: [],
      records: [],
    };
    this.#upserts = [];
    this.#events = [];
    await this.#store.commit({ term: this.#term, meta: { ...this.#world.meta }, ...batch });
  }
}

/** A machine as people register them: labels to match, parameters to filter, an address and an endpoint. */
function registrationOf(pool: string, index: number): Command {
  const address = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
  return {
    type: 'registerResource',
    pool,
    name: `machine-${index}`,
    labels: { arch: ARCHITECTURES[index % 2] as string, zone: ZONES[(index >> 1) % 4] as string },
    params: { ram: 16, cpu: 8 },
    addresses: [address],
    endpoints: { http: `http://${address}:8080` },
  };
}
