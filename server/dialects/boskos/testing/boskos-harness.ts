import type { AddressInfo } from 'node:net';
import type { Resource, StageSpec } from '@poolkeeper/core';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { PLAIN_SEAL } from '../../../../core/testing/plain-seal.ts';
import { WorldKeeper } from '../../../keeper/keeper.ts';
import { silentLogger } from '../../../logger.ts';
import { createMemoryDisk } from '../../../store/memory/memory-disk.ts';
import { openMemoryStore } from '../../../store/memory/memory-store.ts';
import { ControlledStore } from '../../../testing/controlled-store.ts';
import { rememberProviders } from '../../../testing/remember-providers.ts';
import { VirtualTime } from '../../../virtual-time.ts';
import { sendRaw } from '../../testing/raw-http.ts';
import type { RawRequest, RawResponse } from '../../testing/raw-http.ts';
import { letEverybodyIn } from '../access.ts';
import { createBoskosApp } from '../boskos-app.ts';
import type { BoskosAppInput } from '../boskos-app.ts';
import { createBoskosMetrics } from '../metrics.ts';
import type { BoskosMetrics } from '../metrics.ts';
import { BOSKOS_DEFAULTS } from '../parts.ts';
import type { BoskosSettings } from '../parts.ts';
import { seeResource } from '../resource-view.ts';
import type { SeenResource } from '../resource-view.ts';

/** When the clock of tests stands still at first: the instant of the original's own tests. */
export const STARTED_AT = Date.parse('2006-01-02T15:04:05Z');

/** A resource as a test begins with it. */
export type SeededResource = {
  readonly type: string;
  readonly name: string;
  readonly state?: string;
  readonly owner?: string;
  readonly data?: Readonly<Record<string, string>>;
};

export type BoskosOptions = {
  readonly settings?: Partial<BoskosSettings>;
  readonly app?: Partial<BoskosAppInput>;
  /** Makes who is let in of the keeper's tokens. */
  readonly authenticate?: (keeper: WorldKeeper) => BoskosAppInput['authenticate'];
};

/** The Boskos API on a real listener, over a real keeper, a store in memory, and time that a test moves. */
export class BoskosHarness implements AsyncDisposable {
  readonly keeper: WorldKeeper;
  readonly store: ControlledStore;
  readonly time: VirtualTime;
  readonly app: FastifyInstance;
  readonly metrics: BoskosMetrics;

  constructor(parts: {
    keeper: WorldKeeper;
    store: ControlledStore;
    time: VirtualTime;
    app: FastifyInstance;
    metrics: BoskosMetrics;
  }) {
    this.keeper = parts.keeper;
    this.store = parts.store;
    this.time = parts.time;
    this.app = parts.app;
    this.metrics = parts.metrics;
  }

  get port(): number {
    return (this.app.server.address() as AddressInfo).port;
  }

  send(method: string, path: string, more: Partial<RawRequest> = {}): Promise<RawResponse> {
    return sendRaw(this.port, { method, path, ...more });
  }

  /** Posts parameters, as clients do, and a body where one is given. */
  post(path: string, query: Record<string, string>, body?: string): Promise<RawResponse> {
    const more = body === undefined ? {} : { body };
    return this.send('POST', `${path}?${new URLSearchParams(query).toString()}`, more);
  }

  acquire(query: Record<string, string>): Promise<RawResponse> {
    return this.post('/acquire', { type: 't', state: 'free', dest: 'busy', owner: 'ann', ...query });
  }

  release(name: string, dest = 'free', owner = 'ann'): Promise<RawResponse> {
    return this.post('/release', { name, dest, owner });
  }

  /** A type with these members, all of which stand where new ones do. */
  async type(type: string, names: readonly string[] = [], stages: Partial<StageSpec> = {}): Promise<void> {
    const spec = { provider: 'hand', stages: { type, initial: 'free', ...stages } };
    await this.keeper.ask({ type: 'putPool', name: type, merge: false, spec });
    for (const name of names) await this.seed({ type, name });
  }

  seed({ type, name, state = 'free', owner, data = {} }: SeededResource): Promise<Resource> {
    const stage = { name: state, data, ...(owner === undefined ? {} : { holder: owner }) };
    return this.keeper.ask({ type: 'registerResource', pool: type, name, stage });
  }

  /** A resource as clients see it; undefined for one that is gone. */
  see(name: string): Promise<SeenResource | undefined> {
    return this.keeper.read((world) => {
      const resource = world.resources.get(world.stagedByName.get(name) ?? '');
      return resource === undefined ? undefined : seeResource(world, resource);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close();
    await this.keeper[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
  }
}

export async function startBoskos(options: BoskosOptions = {}): Promise<BoskosHarness> {
  const inner = await openMemoryStore(createMemoryDisk());
  await rememberProviders(inner);
  const store = new ControlledStore(inner);
  const time = new VirtualTime(STARTED_AT);
  let nextId = 0;
  const keeper = new WorldKeeper({
    store,
    clock: time,
    timers: time,
    random: () => 0.5,
    ...PLAIN_SEAL,
    newId: (prefix) => `${prefix}_${String((nextId += 1)).padStart(6, '0')}`,
    defer: setImmediate,
    logger: silentLogger,
  });
  await keeper.start({
    accept: () => {},
    drop: () => {},
    look: () => {},
    [Symbol.asyncDispose]: async () => {},
  });
  const metrics = createBoskosMetrics(new Registry());
  const app = createBoskosApp({
    keeper,
    timers: time,
    elapsed: time,
    logger: silentLogger,
    settings: { ...BOSKOS_DEFAULTS, ...options.settings },
    authenticate: options.authenticate?.(keeper) ?? letEverybodyIn,
    metrics,
    ...options.app,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return new BoskosHarness({ keeper, store, time, app, metrics });
}
