import { randomBytes } from 'node:crypto';
import type { JsonObject, ProviderSpec } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { createJobRunner } from './jobs/job-runner.ts';
import { aProvider, anObservation } from './jobs/test-provider.ts';
import { WorldKeeper } from './keeper/keeper.ts';
import { silentLogger } from './logger.ts';
import type { Provider } from './providers/contract.ts';
import { aProviderContext } from './providers/test-context.ts';
import { Configurator } from './configurator.ts';
import { ProviderFollower } from './provider-follower.ts';
import { ProviderSet } from './provider-set.ts';
import { createCredentialSeal } from './seal/credential-seal.ts';
import { masterKeyOf } from './seal/master-key.ts';
import { createSecretBox } from './seal/secret-box.ts';
import { createMemoryDisk } from './store/memory/memory-disk.ts';
import type { MemoryDisk } from './store/memory/memory-disk.ts';
import { openMemoryStore } from './store/memory/memory-store.ts';
import { VirtualTime } from './virtual-time.ts';
import { PLAIN_SEAL } from '../core/testing/plain-seal.ts';

const SECOND = 1_000;
const MINUTE = 60_000;

/** Clouds that outlive the server: machines by the address of the cloud. */
class Clouds {
  readonly machines = new Map<string, Set<string>>();
  readonly log: string[] = [];
  isAway = false;

  open = ({ name, driver, url = '' }: { name: string; driver: string; url?: unknown }): Promise<Provider> => {
    if (this.isAway) return Promise.reject(new Error('the credentials are not readable'));
    const address = String(url);
    this.log.push(`open ${address}`);
    const machines = this.machines.get(address) ?? new Set();
    this.machines.set(address, machines);
    const seen = (resource: string) => anObservation({ resource, externalId: `m-${resource}` });
    const provider = aProvider({
      name,
      driver,
      create: ({ resource }) => {
        machines.add(resource.id);
        return Promise.resolve(seen(resource.id));
      },
      destroy: ({ resource }) => {
        machines.delete(resource.id);
        return Promise.resolve('gone');
      },
      observe: () => Promise.resolve([...machines].map(seen)),
      [Symbol.asyncDispose]: () => {
        this.log.push(`close ${address}`);
        return Promise.resolve();
      },
    });
    return Promise.resolve(provider);
  };
}

/** A server without its HTTP, in time that a test moves. */
class Server implements AsyncDisposable {
  readonly time: VirtualTime;
  readonly keeper: WorldKeeper;
  readonly configurator: Configurator;
  readonly following: ProviderFollower;
  readonly #opened: AsyncDisposableStack;

  private constructor(parts: {
    time: VirtualTime;
    keeper: WorldKeeper;
    configurator: Configurator;
    following: ProviderFollower;
    opened: AsyncDisposableStack;
  }) {
    this.time = parts.time;
    this.keeper = parts.keeper;
    this.configurator = parts.configurator;
    this.following = parts.following;
    this.#opened = parts.opened;
  }

  static async start(clouds: Clouds, disk: MemoryDisk): Promise<Server> {
    const opened = new AsyncDisposableStack();
    const time = new VirtualTime(1_700_000_000_000);
    const parts = { clock: time, timers: time, logger: silentLogger, random: () => 0.5 };
    const store = opened.use(await openMemoryStore(disk));
    const providers = opened.use(new ProviderSet(aProviderContext(parts), clouds.open as never));
    let nextId = 0;
    const keeper = opened.use(
      new WorldKeeper({
        ...parts,
        store,
        ...PLAIN_SEAL,
        newId: (prefix) => `${prefix}_${String((nextId += 1)).padStart(6, '0')}`,
        defer: queueMicrotask,
        onLoad: () => following.follow(),
      }),
    );
    const runner = opened.use(
      createJobRunner({
        ...parts,
        providers: providers.providers,
        report: async (job, outcome) => void (await keeper.ask({ type: 'finishJob', job, outcome })),
      }),
    );
    const following = opened.use(
      new ProviderFollower({ ...parts, keeper: () => keeper, providers, runner, called: () => {} }),
    );
    following.subscribe();
    await keeper.start(runner);
    await following.start();
    const configurator = new Configurator(keeper, providers, {
      seal: createCredentialSeal(createSecretBox([masterKeyOf(new Uint8Array(32))], randomBytes)),
      newId: (prefix) => `${prefix}_1`,
    });
    return new Server({ time, keeper, configurator, following, opened });
  }

  /** Applies a configuration of one cloud at that address, with a pool of two. */
  async apply(url: JsonObject[string]): Promise<void> {
    await this.configurator.apply({
      providers: [{ name: 'cloud', driver: 'simulated', url }],
      pools: [
        { spec: { name: 'web', provider: 'cloud', size: { desired: 2 }, template: {} }, resources: [] },
      ],
      workflows: [],
      profiles: [],
      isPruning: false,
      agreed: null,
    });
  }

  async applyNothing(): Promise<void> {
    await this.configurator.apply({
      providers: [],
      pools: [],
      workflows: [],
      profiles: [],
      isPruning: true,
      agreed: null,
    });
  }

  async pass(durationMs: number): Promise<void> {
    for (let passed = 0; passed < durationMs; passed += 50) await this.time.advance(50);
  }

  free(): Promise<number> {
    return this.keeper.read(
      (world) => [...world.resources.values()].filter(({ status }) => status === 'free').length,
    );
  }

  known(): Promise<ProviderSpec[]> {
    return this.keeper.read((world) => [...world.providers.values()]);
  }

  async errors(): Promise<readonly unknown[]> {
    const events = await this.keeper.listEvents({ after: 0, limit: 1_000 });
    return events.filter(({ type }) => type === 'job.failed').map(({ data }) => data);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }
}

const HTTP = 'http://127.0.0.1:';

test('what a configuration makes known is filled and looked at without a restart', async () => {
  const clouds = new Clouds();
  await using server = await Server.start(clouds, createMemoryDisk());
  expect(server.following.status()).toEqual([]);
  await server.apply(`${HTTP}1`);
  await server.pass(3 * SECOND);
  expect(await server.free()).toBe(2);
  expect(clouds.log).toEqual([`open ${HTTP}1`]);
  expect(server.following.status()).toMatchObject([{ provider: 'cloud', observed: 2, failures: 0 }]);
});

test('a provider of the world that cannot be opened fails its jobs with the reason, and goes on by itself', async () => {
  const clouds = new Clouds();
  const disk = createMemoryDisk();
  {
    await using first = await Server.start(clouds, disk);
    await first.apply(`${HTTP}1`);
    await first.pass(3 * SECOND);
  }
  clouds.isAway = true;
  await using server = await Server.start(clouds, disk);
  expect(await server.free(), 'what is there is lent').toBe(2);
  await server.keeper.ask({ type: 'putPool', name: 'web', merge: true, spec: { size: { desired: 3 } } });
  await server.pass(10 * SECOND);
  expect(await server.errors()).toContainEqual(
    expect.objectContaining({
      reason: 'transient',
      error: 'Provider cloud cannot be opened: the credentials are not readable',
    }),
  );
  expect(server.following.status()[0]?.lastError?.message).toContain('cannot be opened');
  clouds.isAway = false;
  await server.pass(2 * MINUTE);
  expect(await server.free()).toBe(3);
  expect(server.following.status()[0]).toMatchObject({ failures: 0, observed: 3 });
});

test('changed options: the next call goes to the new place, and its looks too', async () => {
  const clouds = new Clouds();
  await using server = await Server.start(clouds, createMemoryDisk());
  await server.apply(`${HTTP}1`);
  await server.pass(3 * SECOND);
  await server.apply(`${HTTP}2`);
  await server.pass(10 * SECOND);
  expect(clouds.log).toEqual([`open ${HTTP}1`, `close ${HTTP}1`, `open ${HTTP}2`]);
  expect(clouds.machines.get(`${HTTP}2`)?.size, 'what is not at the new place is replaced').toBe(2);
});

test('a secret that is set anew has the provider opened with it that names it, and no other', async () => {
  const clouds = new Clouds();
  await using server = await Server.start(clouds, createMemoryDisk());
  const set = (name: string, sealed: string) =>
    server.keeper.ask({ type: 'putSecret', name, sealed, by: 'admin' });
  await set('keys', 'old');
  await set('other', 'old');
  await server.apply({ secret: 'keys' });
  await server.time.advance(SECOND);
  const before = clouds.log.length;
  await set('other', 'new');
  await server.time.advance(MINUTE);
  expect(clouds.log.slice(before)).toEqual([]);
  await set('keys', 'new');
  await server.time.advance(MINUTE);
  expect(clouds.log.slice(before)).toEqual(['close [object Object]', 'open [object Object]']);
});

test('a provider that is removed is closed, and no longer looked at', async () => {
  const clouds = new Clouds();
  await using server = await Server.start(clouds, createMemoryDisk());
  await server.apply(`${HTTP}1`);
  await server.pass(3 * SECOND);
  await server.applyNothing();
  await server.pass(10 * SECOND);
  expect(await server.known()).toEqual([]);
  expect(clouds.machines.get(`${HTTP}1`)?.size).toBe(0);
  expect(clouds.log).toEqual([`open ${HTTP}1`, `close ${HTTP}1`]);
  expect(server.following.status()).toEqual([]);
});

test('a configuration that the core refuses closes what was opened for it', async () => {
  const clouds = new Clouds();
  await using server = await Server.start(clouds, createMemoryDisk());
  const refused = server.configurator.apply({
    providers: [{ name: 'cloud', driver: 'simulated', url: `${HTTP}1` }],
    pools: [{ spec: { name: 'web', provider: 'moon', template: {} }, resources: [] }],
    workflows: [],
    profiles: [],
    isPruning: false,
    agreed: null,
  });
  await expect(refused).rejects.toThrow('moon');
  expect(clouds.log).toEqual([`open ${HTTP}1`, `close ${HTTP}1`]);
  expect(await server.known()).toEqual([]);
});

test('a plan opens what it needs to check templates, and closes it again', async () => {
  const clouds = new Clouds();
  await using server = await Server.start(clouds, createMemoryDisk());
  await server.configurator.plan({
    providers: [{ name: 'cloud', driver: 'simulated', url: `${HTTP}1` }],
    pools: [],
    workflows: [],
    profiles: [],
    isPruning: false,
  });
  expect(clouds.log).toEqual([`open ${HTTP}1`, `close ${HTTP}1`]);
});

test('the provider of a pool that is kept in rounds is not swept: its looks are part of the rounds', async () => {
  const clouds = new Clouds();
  await using server = await Server.start(clouds, createMemoryDisk());
  const { keeper, time } = server;
  await server.apply('http://a');
  await keeper.ask({ type: 'createUpkeep', name: 'fleet' });
  await keeper.ask({
    type: 'configureUpkeep',
    name: 'fleet',
    sealed: 'sealed-text',
    provider: { name: 'fleet', driver: 'simulated', makes: true, options: { url: 'http://b' } },
    kind: 'machine',
    template: {},
    victims: 'newest',
    rounds: { fetchMs: 30_000, retries: 0, backoffMs: 1_000, reachableMs: 300_000, updateMs: 60_000 },
  });
  await time.advance(10_000);
  expect(server.following.status().map(({ provider }) => provider)).toEqual(['cloud']);
});
