import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWorld } from '@poolkeeper/core';
import type { World } from '@poolkeeper/core';
import { readSettings } from '../config/environment.ts';
import { loadWorld } from '../keeper/load-world.ts';
import { createSharedKeyVault } from '../seal/shared-key-vault.ts';
import { createMemoryDisk } from '../store/memory/memory-disk.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import type { SharedStore } from '../store/shared-contract.ts';
import { createSteadyClock } from '../steady-clock.ts';
import { systemClock, systemRandom, systemTimers } from '../system-clock.ts';
import type { Timers } from '../timers.ts';
import { openGround, readPremises } from './ground.ts';
import type { Ground } from './ground.ts';
import { ReplicaTenure } from './replica-tenure.ts';
import { createSharedInstances } from './shared-instances.ts';

/** The runtime's timers, and how many of them wait. */
class CountedTimers implements Timers {
  readonly waiting = new Set<object>();

  set(delayMs: number, callback: () => void): () => void {
    const one = {};
    this.waiting.add(one);
    const cancel = systemTimers.set(delayMs, () => {
      this.waiting.delete(one);
      callback();
    });
    return () => {
      this.waiting.delete(one);
      cancel();
    };
  }
}

const TOKEN = 'pk_the_admin_of_these_tests';
const KEY = 'ab'.repeat(32);

let folder: string;
let timers: CountedTimers;
let store: SharedStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'poolkeeper-tenure-'));
  timers = new CountedTimers();
  store = await openMemoryStore(createMemoryDisk(), {}, systemClock);
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function aGround(): Promise<Ground> {
  const settings = readSettings({
    flags: { data: folder, logLevel: 'silent', boskosListen: '127.0.0.1:0' },
    environment: { POOLKEEPER_ADMIN_TOKEN: TOKEN, POOLKEEPER_MASTER_KEY: KEY },
    workingDirectory: folder,
  });
  const elapsed = { now: () => performance.now() };
  const machine = { clock: systemClock, elapsed, timers, random: systemRandom };
  return openGround(await readPremises(settings, {}, machine), {
    store,
    clock: createSteadyClock(systemClock, elapsed),
    openVault: (box) => createSharedKeyVault(store, box),
    sharedInstance: createSharedInstances(store, systemRandom),
  });
}

const CARD = { id: 'one', name: 'one', address: '127.0.0.1:1', version: '1' };

async function begin(tenure: ReplicaTenure, world?: World): Promise<{ hold: { isHeld: boolean } }> {
  const hold = { isHeld: true };
  const { term } = await store.acquire({ replica: CARD, forMs: 60_000 });
  await tenure.begin({
    term,
    world: world ?? createWorld(),
    isHeld: () => hold.isHeld,
    lose: () => {},
  });
  return { hold };
}

type Answer = { readonly status: number; readonly body: Record<string, unknown>; readonly text: string };

/** One request, over a connection of its own, as a front hands it over. */
async function ask(tenure: ReplicaTenure, method: string, path: string, payload?: object): Promise<Answer> {
  const listener = tenure.listener('main');
  if (listener === undefined) throw new Error('the tenure is over');
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', connection: 'close' },
    ...(payload === undefined ? {} : { body: JSON.stringify(payload) }),
  });
  const text = await response.text();
  server.close();
  await once(server, 'close');
  const isJson = text.startsWith('{');
  return { status: response.status, text, body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {} };
}

test('a tenure that is wired does nothing yet, and one that ended leaves nothing running', async () => {
  const ground = await aGround();
  const files = readdirSync(folder);
  const tenure = await ReplicaTenure.open(ground, {});
  expect(timers.waiting.size).toBe(0);
  expect(readdirSync(folder)).toEqual(files);
  expect(tenure.listener('main')).toBeDefined();
  expect(tenure.listener('boskos')).toBeDefined();
  expect(tenure.listener('nothing')).toBeUndefined();
  await begin(tenure);
  const provider = { driver: 'process', stopOnDispose: true };
  expect((await ask(tenure, 'PUT', '/v1/providers/local', provider)).status).toBe(201);
  const pool = { provider: 'local', size: { desired: 1 }, template: { command: ['sleep', '99999'] } };
  expect((await ask(tenure, 'PUT', '/v1/pools/web', pool)).status).toBe(201);
  await expect
    .poll(async () => (await ask(tenure, 'GET', '/v1/pools/web')).body['resources'], { timeout: 10_000 })
    .toMatchObject({ free: 1 });
  expect(timers.waiting.size).toBeGreaterThan(0);
  await tenure.drain();
  await tenure[Symbol.asyncDispose]();
  expect(timers.waiting.size).toBe(0);
  expect(tenure.listener('main')).toBeUndefined();
});

test('the next tenure of a process goes on with the world, its keys and its counters', async () => {
  const ground = await aGround();
  const first = await ReplicaTenure.open(ground, {});
  await begin(first);
  await ask(first, 'PUT', '/v1/providers/hand', { driver: 'static' });
  const { body: keys } = await ask(first, 'POST', '/v1/signing-keys/rotate', {});
  expect(keys['keys']).toHaveLength(2);
  await first.drain();
  await store.resign((await store.findLeadership()).term);
  await first[Symbol.asyncDispose]();

  const second = await ReplicaTenure.open(ground, {});
  await begin(second, await loadWorld(store));
  expect((await ask(second, 'GET', '/v1/providers/hand')).body).toMatchObject({ driver: 'static' });
  expect((await ask(second, 'GET', '/.well-known/poolkeeper-keys.json')).body).toEqual(keys);
  const { text } = await ask(second, 'GET', '/metrics');
  expect(text).toContain('route="/v1/signing-keys/rotate",status="200"} 1');
  await second.drain();
  await second[Symbol.asyncDispose]();
});

test('a tenure whose term is lost ends although nothing is committed any more', async () => {
  const tenure = await ReplicaTenure.open(await aGround(), {});
  const { hold } = await begin(tenure);
  hold.isHeld = false;
  await store.acquire({ replica: { ...CARD, id: 'two' }, forMs: 60_000 });
  const answer = await ask(tenure, 'PUT', '/v1/providers/hand', { driver: 'static' });
  expect(answer.status).toBe(503);
  await tenure[Symbol.asyncDispose]();
  expect(timers.waiting.size).toBe(0);
});
