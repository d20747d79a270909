import { expect, test } from 'vitest';
import { explainLease, explainPool, explainProvider } from '@poolkeeper/core';
import type { FindWork } from '@poolkeeper/core';
import { workFinder } from './http/provider-status.ts';
import { createJobRunner } from './jobs/job-runner.ts';
import { startObserver } from './jobs/observer.ts';
import { aProvider, anObservation } from './jobs/test-provider.ts';
import { WorldKeeper } from './keeper/keeper.ts';
import { silentLogger } from './logger.ts';
import { joinStatuses } from './provider-statuses.ts';
import { ProviderExhausted, ProviderTransient } from './providers/contract.ts';
import { createMemoryDisk } from './store/memory/memory-disk.ts';
import { openMemoryStore } from './store/memory/memory-store.ts';
import { sleep } from './timers.ts';
import { rememberProviders } from './testing/remember-providers.ts';
import { VirtualTime } from './virtual-time.ts';
import { PLAIN_SEAL } from '../core/testing/plain-seal.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const LATENCY_MS = 20;

/** A whole server without its HTTP, on a cloud with room for so many machines, in time that a test moves. */
class Server implements AsyncDisposable {
  readonly time = new VirtualTime(1_700_000_000_000);
  readonly machines = new Set<string>();
  readonly refusedAt: number[] = [];
  isDown = false;
  quota: number;
  keeper!: WorldKeeper;
  findWork!: FindWork;
  readonly #opened = new AsyncDisposableStack();
  readonly #provider = aProvider({
    name: 'cloud',
    create: async ({ resource }) => {
      await this.#answer();
      if (this.machines.size >= this.quota && !this.machines.has(resource.id)) {
        this.refusedAt.push(this.time.now());
        throw new ProviderExhausted(`The quota of ${this.quota} machines is used up.`);
      }
      this.machines.add(resource.id);
      return anObservation({ resource: resource.id, externalId: `m-${resource.id}` });
    },
    destroy: async ({ resource }) => {
      await this.#answer();
      this.machines.delete(resource.id);
      return 'gone';
    },
    observe: async () => {
      await this.#answer();
      return [...this.machines].map((resource) => anObservation({ resource, externalId: `m-${resource}` }));
    },
  });

  constructor(quota: number) {
    this.quota = quota;
  }

  static async start(quota: number): Promise<Server> {
    const server = new Server(quota);
    const { time } = server;
    const parts = { clock: time, timers: time, logger: silentLogger, random: () => 0.5 };
    const store = server.#opened.use(await openMemoryStore(createMemoryDisk()));
    await rememberProviders(store, [{ name: 'cloud', driver: 'simulated', makes: true }]);
    let nextId = 0;
    server.keeper = server.#opened.use(
      new WorldKeeper({
        ...parts,
        store,
        ...PLAIN_SEAL,
        newId: (prefix) => `${prefix}_${String((nextId += 1)).padStart(6, '0')}`,
        defer: queueMicrotask,
      }),
    );
    const { keeper } = server;
    const providers = new Map([['cloud', server.#provider]]);
    const runner = server.#opened.use(
      createJobRunner({
        ...parts,
        providers,
        report: async (job, outcome) => void (await keeper.ask({ type: 'finishJob', job, outcome })),
      }),
    );
    await keeper.start(runner);
    const observer = server.#opened.use(
      startObserver({
        ...parts,
        providers: [server.#provider],
        report: async (sweep) => void (await keeper.ask({ type: 'observe', ...sweep })),
        admit: (provider, signal) => runner.admitLook(provider, signal),
      }),
    );
    const statuses = () => joinStatuses(providers, runner.status(), observer.status());
    server.findWork = (provider) => workFinder(statuses)(provider);
    return server;
  }

  async pool(name: string, desired: number): Promise<void> {
    const spec = { provider: 'cloud', size: { desired }, template: {} };
    const asked = this.keeper.ask({ type: 'putPool', name, merge: false, spec });
    await this.pass(SECOND);
    await asked;
  }

  /** Lets time pass in short steps, so that what takes many turns gets them. */
  async pass(durationMs: number): Promise<void> {
    for (let passed = 0; passed < durationMs; passed += 50) await this.time.advance(50);
  }

  async failedJobs(): Promise<number> {
    const events = await this.keeper.listEvents({ after: 0, limit: 100_000 });
    return events.filter(({ type }) => type === 'job.failed').length;
  }

  explain(pool: string): Promise<string> {
    return this.keeper.read((world) => explainPool(world, pool, this.findWork).summary);
  }

  /** Calls that are under way end only as time passes. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#opened.disposeAsync();
    await this.pass(SECOND);
    await closed;
  }

  async #answer(): Promise<void> {
    await sleep(this.time, LATENCY_MS);
    if (this.isDown) throw new ProviderTransient('The cloud does not answer.');
  }
}

test('ten thousand members on a quota of a hundred: a handful of refusals a minute, and no flood of events (J8)', async () => {
  await using server = await Server.start(100);
  await server.pool('web', 10_000);
  await server.pass(3 * MINUTE);
  expect(server.machines.size).toBe(100);
  const inMinute = (n: number): number => {
    const from = 1_700_000_000_000 + n * MINUTE;
    return server.refusedAt.filter((at) => at >= from && at < from + MINUTE).length;
  };
  expect(inMinute(0)).toBeLessThanOrEqual(12);
  expect(inMinute(1)).toBeLessThanOrEqual(2);
  expect(inMinute(2)).toBeLessThanOrEqual(2);
  expect(await server.failedJobs(), 'one for each refusal, none for who waits').toBe(server.refusedAt.length);
  expect(server.findWork('cloud')).toMatchObject({
    breaker: { state: 'closed', failures: 0 },
    filling: { isPaused: true },
  });
});

test('pools on one account pause together, say why, and one gives up room to the other', async () => {
  await using server = await Server.start(5);
  await server.pool('web', 5);
  await server.pool('ci', 3);
  await server.pass(2 * MINUTE);
  expect(await server.explain('web')).toBe('The pool is at its size of 5; 5 members are on offer.');
  expect(await server.explain('ci')).toMatch(
    /^The pool is at its size of 3, 3 of them still to be made; 0 members are on offer\. The provider "cloud" says its quota is used up; filling is paused until \d\d:\d\d:\d\d UTC \(3 of 3 members missing\)\. Raise the quota or lower the size\. 3 members have trouble; see below\.$/,
  );
  const { id } = await server.keeper.ask({
    type: 'requestLease',
    holder: 'ann',
    items: [{ pool: 'ci', count: 1 }],
  });
  const lease = await server.keeper.read((world) => explainLease(world, id, server.findWork).summary);
  expect(lease).toContain('waits for 1 more of pool "ci": 3 being made. The provider "cloud" says its quota');

  const refused = server.refusedAt.length;
  await server.keeper.ask({ type: 'putPool', name: 'web', merge: true, spec: { size: { desired: 2 } } });
  await server.pass(SECOND);
  expect(server.machines.size).toBe(5);
  expect(server.refusedAt.length, 'what was freed is filled without a try in vain').toBe(refused);
  expect(await server.explain('ci')).toBe('The pool is at its size of 3; 2 members are on offer.');
});

test('a cloud that is down is told apart from one that is full (J9)', async () => {
  await using server = await Server.start(100);
  await server.pool('web', 2);
  server.isDown = true;
  await server.pool('web', 12);
  await server.pass(10 * SECOND);
  const work = server.findWork('cloud');
  expect(work).toMatchObject({ breaker: { state: 'open' }, filling: { isPaused: false } });
  expect(explainProvider(work).summary).toMatch(
    /^Jobs that failed in a row: \d+; no job is tried until \d\d:\d\d:\d\d UTC, then one is\. Jobs waiting: 10\.$/,
  );
  expect(await server.explain('web')).toContain('The provider "cloud" failed');
  expect(await server.explain('web')).toContain('(10 of 12 members missing)');
  server.isDown = false;
  await server.pass(3 * MINUTE);
  expect(server.machines.size).toBe(12);
  expect(explainProvider(server.findWork('cloud'))).toEqual({
    state: 'ok',
    summary: 'It answers; jobs under way: 0, waiting: 0.',
    until: null,
  });
});
