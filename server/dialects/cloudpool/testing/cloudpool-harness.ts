import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Json, Resource } from '@poolkeeper/core';
import { PLAIN_SEAL } from '../../../../core/testing/plain-seal.ts';
import { createJobRunner } from '../../../jobs/job-runner.ts';
import type { Provider } from '../../../providers/contract.ts';
import { WorldKeeper } from '../../../keeper/keeper.ts';
import { silentLogger } from '../../../logger.ts';
import type { Logger } from '../../../logger.ts';
import { createMemoryDisk } from '../../../store/memory/memory-disk.ts';
import type { MemoryDisk } from '../../../store/memory/memory-disk.ts';
import { openMemoryStore } from '../../../store/memory/memory-store.ts';
import { ControlledStore } from '../../../testing/controlled-store.ts';
import { rememberProviders } from '../../../testing/remember-providers.ts';
import { systemTimers } from '../../../system-clock.ts';
import { sleep } from '../../../timers.ts';
import { VirtualTime } from '../../../virtual-time.ts';
import { CloudPools } from '../cloud-pools.ts';
import { createCloudpoolApp } from '../cloudpool-app.ts';
import type { CloudpoolAppInput } from '../cloudpool-app.ts';
import { parseConfiguration } from '../configuration/parse-configuration.ts';
import { ANYBODY, DIALECT_DEFAULTS } from '../parts.ts';
import type { DialectSettings, Served } from '../parts.ts';
import { jsonOf, sendRaw } from '../../testing/raw-http.ts';
import type { RawRequest } from '../../testing/raw-http.ts';
import { ScriptedCloud } from './scripted-cloud.ts';
import { SCRIPTED_DRIVER } from './scripted-driver.ts';

export type Seen = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read members of any answer
  readonly body: any;
  readonly text: string;
};

export type HarnessOptions = {
  readonly served?: Served;
  readonly settings?: Partial<DialectSettings>;
  readonly app?: Partial<CloudpoolAppInput>;
  readonly logger?: Logger;
  readonly disk?: MemoryDisk;
  readonly time?: VirtualTime;
  readonly cloud?: ScriptedCloud;
};

/** The pool of the root, where nothing else is said. */
export const ROOT = 'web';

/** A configuration that the scripted driver takes. */
export function aConfiguration(more: Record<string, Json> = {}): Record<string, Json> {
  return {
    name: 'web',
    cloudApiSettings: { region: 'north-1', password: 'open sesame' },
    provisioningTemplate: { size: 'm1.small' },
    ...more,
  };
}

/**
 * The cloud pool API on a listener of its own: a real keeper, a store in memory, the real job runner, a scripted cloud, and time that
 * a test moves.
 */
export class CloudpoolHarness implements AsyncDisposable {
  readonly keeper: WorldKeeper;
  readonly store: ControlledStore;
  readonly cloud: ScriptedCloud;
  readonly time: VirtualTime;
  readonly pools: CloudPools;
  readonly app: FastifyInstance;
  readonly disk: MemoryDisk;
  readonly #runner: AsyncDisposable;

  constructor(parts: {
    keeper: WorldKeeper;
    store: ControlledStore;
    cloud: ScriptedCloud;
    time: VirtualTime;
    pools: CloudPools;
    app: FastifyInstance;
    disk: MemoryDisk;
    runner: AsyncDisposable;
  }) {
    this.keeper = parts.keeper;
    this.store = parts.store;
    this.cloud = parts.cloud;
    this.time = parts.time;
    this.pools = parts.pools;
    this.app = parts.app;
    this.disk = parts.disk;
    this.#runner = parts.runner;
  }

  get port(): number {
    return (this.app.server.address() as AddressInfo).port;
  }

  /** Sends bytes, and lets what the answer waits for go on; time stays where it is. */
  async send(request: RawRequest): Promise<Seen> {
    const response = await sendRaw(this.port, request);
    const isJson = response.headers['content-type'] === 'application/json';
    return { ...response, body: isJson ? jsonOf(response) : undefined };
  }

  get = (path: string, headers: Record<string, string> = {}): Promise<Seen> =>
    this.send({ method: 'GET', path, headers });

  /** Posts JSON; nothing, and without a type, where there is no body. */
  post = (path: string, body?: Json): Promise<Seen> =>
    this.send({
      method: 'POST',
      path,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });

  /** Lets time pass, in steps between which all that is ready comes to rest. */
  async advance(durationMs: number): Promise<void> {
    const until = this.time.now() + durationMs;
    await this.finishDue();
    while (this.time.now() < until) {
      await this.time.advance(Math.min(ADVANCE_STEP_MS, until - this.time.now()));
      await this.finishDue();
    }
  }

  /** Lets all that is due now be done, with what follows from it. */
  async finishDue(): Promise<void> {
    for (let turn = 0; turn < DUE_TURNS; turn += 1) {
      await this.time.advance(0);
      await this.rest();
    }
  }

  /** Lets everything that is ready come to rest. */
  async rest(): Promise<void> {
    for (let turn = 0; turn < REST_TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** A pool that is made natively: sized, or with as many registered members as it is to have. */
  async nativePool({ name, size }: { name: string; size: number | null }): Promise<void> {
    const spec = size === null ? { provider: 'hand' } : { provider: 'maker', size: { desired: size } };
    await this.keeper.ask({ type: 'putPool', name, merge: false, spec });
    await this.finishDue();
  }

  /** Lets all that is due now go on until the answer comes; time stays where it is. */
  async whileWaiting<T>(answer: Promise<T>): Promise<T> {
    let isOver = false;
    const end = (): void => void (isOver = true);
    void answer.then(end, end);
    for (let turn = 0; turn < TURNS_MAX && !isOver; turn += 1) {
      await this.time.advance(0);
      await this.rest();
      // A real socket lies between, which no virtual time hurries.
      await sleep(systemTimers, TURN_MS);
    }
    if (!isOver) throw new Error('no answer came; it waits for time to pass');
    return answer;
  }

  /** Lets exactly that much time pass once what was sent has changed something, then waits for the answer. */
  async whileTimePasses<T>(durationMs: number, send: () => Promise<T>): Promise<T> {
    const before = this.keeper.lastEvent();
    const answer = send();
    for (let turn = 0; turn < TURNS_MAX && this.keeper.lastEvent() === before; turn += 1)
      await sleep(systemTimers, TURN_MS);
    await this.advance(durationMs);
    return this.whileWaiting(answer);
  }

  /** Configures and starts a pool, and gives it that many machines. */
  async started(size = 0, name = ROOT): Promise<void> {
    await this.pools.ensure(name);
    await this.pools.configure(name, aConfiguration());
    await this.whileWaiting(this.pools.start(name));
    if (size === 0) return;
    await this.pools.setSize(name, size);
    await this.finishDue();
  }

  members(name = ROOT): Promise<Resource[]> {
    return this.keeper.read(({ resources }) =>
      [...resources.values()].filter((resource) => resource.pool === name),
    );
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.#runner[Symbol.asyncDispose]();
    await this.keeper[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

const ADVANCE_STEP_MS = 500;
/** How often, and how many times, an answer is looked for, in milliseconds of the machine. */
const TURN_MS = 1;
const TURNS_MAX = 10_000;
const REST_TURNS = 10;
/** A look, a decision, a creation and another decision follow each other. */
const DUE_TURNS = 6;

export async function startCloudpool(options: HarnessOptions = {}): Promise<CloudpoolHarness> {
  const { logger = silentLogger, disk = createMemoryDisk(), time = new VirtualTime(START_AT) } = options;
  const { cloud = new ScriptedCloud(time) } = options;
  const inner = await openMemoryStore(disk);
  if (options.disk === undefined) await rememberProviders(inner, NATIVE_PROVIDERS);
  const store = new ControlledStore(inner);
  const round = options.disk === undefined ? '' : `${time.now()}_`;
  let nextId = 0;
  const keeper = new WorldKeeper({
    store,
    clock: time,
    timers: time,
    random: () => 0.5,
    ...PLAIN_SEAL,
    newId: (prefix) => `${prefix}_${round}${String((nextId += 1)).padStart(6, '0')}`,
    defer: setImmediate,
    logger,
  });
  const runner = createJobRunner({
    providers: new CloudOf(cloud),
    clock: time,
    timers: time,
    random: () => 0.5,
    logger,
    report: async (job, outcome) => void (await keeper.ask({ type: 'finishJob', job, outcome })),
    reportLook: async (seen) => void (await keeper.ask({ type: 'finishLook', ...seen })),
  });
  await keeper.start(runner);
  const pools = new CloudPools({
    keeper,
    timers: time,
    driver: SCRIPTED_DRIVER,
    parseConfiguration,
    tryOut: async ({ name }) => {
      await cloud.providerOf(name).observe(new AbortController().signal);
      return { makes: true, attaches: true as const };
    },
    seal: OPEN_SEAL,
    logger,
  });
  const app = createCloudpoolApp({
    pools,
    served: options.served ?? { api: 'current', pool: ROOT, hasInstances: true },
    settings: { ...DIALECT_DEFAULTS, ...options.settings },
    authenticate: () => ANYBODY,
    logger,
    ...options.app,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return new CloudpoolHarness({ keeper, store, cloud, time, pools, app, disk, runner });
}

const START_AT = Date.parse('2024-05-01T12:00:00.000Z');
const NATIVE_PROVIDERS = [
  { name: 'hand', driver: 'static', makes: false },
  { name: 'maker', driver: 'process', makes: true },
  { name: 'keeper', driver: 'simulated', makes: true, attaches: true as const },
];

/** Shows what it closes, so that a test can look. */
const OPEN_SEAL = {
  seal: (name: string, value: string) => `${name}:${value}`,
  open: (name: string, sealed: string) => {
    if (!sealed.startsWith(`${name}:`)) throw new Error('it is sealed with another key');
    return sealed.slice(name.length + 1);
  },
};

/** Every provider is a view of the one cloud. */
class CloudOf extends Map<string, Provider> {
  readonly #cloud: ScriptedCloud;

  constructor(cloud: ScriptedCloud) {
    super();
    this.#cloud = cloud;
  }

  override get(name: string): Provider {
    const known = super.get(name) ?? this.#cloud.providerOf(name);
    this.set(name, known);
    return known;
  }

  override has(): boolean {
    return true;
  }
}
