/**
 * Measures a store alone: `node bench/store.ts [resources]` that of SQLite, `node bench/store.ts --database URL [resources]` that of a
 * PostgreSQL database, which has to be empty.
 *
 * One cycle is an acquire and a release as the keeper writes them: two resources and a lease changed, the lease deleted, one
 * ended lease, two events. A batch holds as many requests as its row says; a cycle is two requests.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EndedLease, HeldLease, Resource, WorldEvent } from '@poolkeeper/core';
import type { Batch, Store } from '../server/store/contract.ts';
import { silentLogger } from '../server/logger.ts';
import { openPostgresStore } from '../server/store/postgres/postgres-store.ts';
import { openSqliteStore } from '../server/store/sqlite/sqlite-store.ts';
import { systemRandom, systemTimers } from '../server/system-clock.ts';

const BATCH_SIZES = [1, 8, 32, 64];
const RESOURCES_DEFAULT = 1_000;
const ROUND_MS = 4_000;
const FILL_BATCH = 10_000;
const NOW = 1_700_000_000_000;

type World = {
  resources: Resource[];
  held: { lease: HeldLease; index: number }[];
  seq: number;
  leaseSeq: number;
  turn: number;
};

function aResource(index: number): Resource {
  return {
    id: `res_${index.toString(36).padStart(24, '0')}`,
    name: `machine-${index}`,
    pool: 'web',
    kind: 'machine',
    provider: 'local',
    status: 'free',
    hold: null,
    epoch: 1,
    version: 1,
    labels: { arch: index % 2 === 0 ? 'amd64' : 'arm64', zone: 'a' },
    params: { ram: 16, cpu: 8 },
    addresses: [`10.0.${(index >> 8) & 255}.${index & 255}`],
    endpoints: { http: `http://10.0.0.1:${index}` },
    externalId: `ext-${index}`,
    machine: 'RUNNING',
    liveness: 'LIVE',
    unhealthySince: null,
    isEvictable: true,
    createdAt: NOW,
    since: NOW,
    uses: 0,
    leaseId: null,
    fate: 'recycle',
    templateRevision: 1,
    profiles: [],
    run: null,
    turnover: null,
    chain: null,
    destination: null,
    restsUntil: null,
  };
}

function aLease(world: World, resource: Resource): HeldLease {
  world.leaseSeq += 1;
  return {
    id: `lse_${world.leaseSeq.toString(36).padStart(24, '0')}`,
    holder: `holder-${world.leaseSeq % 50}`,
    items: [{ pool: 'web', count: 1, minimum: 1, match: { arch: 'amd64' }, filter: null }],
    durationMs: 3_600_000,
    heartbeatMs: null,
    priority: 0,
    labels: { job: '42' },
    note: '',
    createdAt: NOW,
    seq: world.leaseSeq,
    version: 1,
    status: 'active',
    members: [
      {
        resource: resource.id,
        name: resource.name,
        pool: 'web',
        kind: 'machine',
        epoch: resource.epoch,
        item: 0,
      },
    ],
    grantedAt: NOW,
    expiresAt: NOW + 3_600_000,
    heartbeatBy: null,
  };
}

function anEvent(world: World, type: WorldEvent['type'], lease: HeldLease): WorldEvent {
  world.seq += 1;
  const resource = lease.members[0]?.resource ?? null;
  return {
    seq: world.seq,
    at: NOW,
    type,
    pool: 'web',
    resource,
    lease: lease.id,
    holder: lease.holder,
    data: { count: 1 },
  };
}

type Draft = {
  upserts: Batch['upserts'][number][];
  deletes: Batch['deletes'][number][];
  ended: EndedLease[];
  events: WorldEvent[];
};

function acquire(world: World, draft: Draft): void {
  const index = world.turn % world.resources.length;
  world.turn += 7_919;
  const before = world.resources[index] as Resource;
  const lease = aLease(world, before);
  const after: Resource = {
    ...before,
    status: 'leased',
    leaseId: lease.id,
    epoch: before.epoch + 1,
    version: before.version + 1,
  };
  world.resources[index] = after;
  world.held.push({ lease, index });
  draft.upserts.push(
    { kind: 'resource', id: after.id, document: after },
    { kind: 'lease', id: lease.id, document: lease },
  );
  draft.events.push(anEvent(world, 'lease.granted', lease));
}

function release(world: World, draft: Draft): void {
  const { lease, index } = world.held.shift() as World['held'][number];
  const before = world.resources[index] as Resource;
  const after: Resource = {
    ...before,
    status: 'free',
    leaseId: null,
    version: before.version + 1,
    uses: before.uses + 1,
  };
  world.resources[index] = after;
  draft.upserts.push({ kind: 'resource', id: after.id, document: after });
  draft.deletes.push({ kind: 'lease', id: lease.id });
  const { heartbeatBy: _, ...rest } = lease;
  draft.ended.push({ ...rest, status: 'ended', endedAt: NOW, endReason: 'released' });
  draft.events.push(anEvent(world, 'lease.ended', lease));
}

function nextBatch(world: World, term: number, size: number): Batch {
  const draft: Draft = { upserts: [], deletes: [], ended: [], events: [] };
  const acquired = world.held.length;
  for (let count = 0; count < size; count += 1) {
    // Leases live for a batch or two, as under clients that release at once.
    if (world.held.length > size && count < acquired) release(world, draft);
    else acquire(world, draft);
  }
  return {
    term,
    meta: { instant: NOW, eventSeq: world.seq, leaseSeq: world.leaseSeq },
    runs: [],
    records: [],
    ...draft,
  };
}

async function fill(store: Store, term: number, count: number): Promise<World> {
  const world: World = { resources: [], held: [], seq: 0, leaseSeq: 0, turn: 0 };
  const startedAt = performance.now();
  for (let first = 0; first < count; first += FILL_BATCH) {
    const upserts: Batch['upserts'][number][] = [];
    for (let index = first; index < Math.min(count, first + FILL_BATCH); index += 1) {
      const document = aResource(index);
      world.resources.push(document);
      upserts.push({ kind: 'resource', id: document.id, document });
    }
    await store.commit({
      term,
      meta: { instant: NOW, eventSeq: 0, leaseSeq: 0 },
      upserts,
      deletes: [],
      ended: [],
      runs: [],
      records: [],
      events: [],
    });
  }
  const ms = performance.now() - startedAt;
  console.log(
    `fill            ${count} resources in ${ms.toFixed(0)} ms, ${((ms * 1_000) / count).toFixed(1)} µs each`,
  );
  return world;
}

async function measure(store: Store, term: number, world: World, size: number): Promise<void> {
  const latencies: number[] = [];
  let requests = 0;
  let rows = 0;
  const cpuBefore = process.cpuUsage();
  const threadBefore = process.threadCpuUsage();
  const startedAt = performance.now();
  let buildMs = 0;
  while (performance.now() - startedAt < ROUND_MS) {
    const builtAt = performance.now();
    const batch = nextBatch(world, term, size);
    const sentAt = performance.now();
    buildMs += sentAt - builtAt;
    await store.commit(batch);
    latencies.push(performance.now() - sentAt);
    requests += size;
    rows += batch.upserts.length + batch.deletes.length + batch.ended.length + batch.events.length;
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const thread = process.threadCpuUsage(threadBefore);
  const all = process.cpuUsage(cpuBefore);
  const mainMicros = thread.user + thread.system - buildMs * 1_000;
  const storeMicros = all.user + all.system - thread.user - thread.system;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(2);
  const per = (micros: number) => ((micros * 2) / requests).toFixed(1).padStart(6);
  console.log(
    `batch of ${String(size).padStart(2)}: ${(rows / seconds / 1_000).toFixed(0).padStart(4)}k rows/s; per cycle: ` +
      `${per(seconds * 1e6 - buildMs * 1e3)} µs elapsed, ${per(mainMicros)} µs of the caller's CPU, ${per(storeMicros)} µs of other CPU; ` +
      `commit p50 ${at(0.5)} p99 ${at(0.99)} p99.9 ${at(0.999)} max ${latencies.at(-1)?.toFixed(1)} ms`,
  );
}

async function measureLoad(directory: string): Promise<void> {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const startedAt = performance.now();
  await using store = await openSqliteStore({ directory });
  const openMs = performance.now() - startedAt;
  const kept: unknown[] = [];
  const { documents } = await store.load();
  for await (const page of documents) for (const { document } of page) kept.push(document);
  const ms = performance.now() - startedAt;
  globalThis.gc?.();
  const bytes = (process.memoryUsage().heapUsed - before) / kept.length;
  console.log(
    `load            ${kept.length} documents in ${ms.toFixed(0)} ms (opening ${openMs.toFixed(0)}), ${bytes.toFixed(0)} bytes of heap each`,
  );
}

async function measureStore(store: Store, resources: number): Promise<void> {
  const term = await store.claim();
  const world = await fill(store, term, resources);
  for (const size of BATCH_SIZES) await measure(store, term, world, size);
}

async function measurePostgres(url: string, resources: number): Promise<void> {
  await using store = await openPostgresStore({
    url,
    environment: process.env,
    timers: systemTimers,
    elapsed: () => performance.now(),
    random: systemRandom,
    logger: silentLogger,
  });
  await measureStore(store, resources);
  const startedAt = performance.now();
  let count = 0;
  const { documents } = await store.load();
  for await (const page of documents) count += page.length;
  console.log(`load            ${count} documents in ${(performance.now() - startedAt).toFixed(0)} ms`);
}

async function measureAll(directory: string, resources: number): Promise<void> {
  {
    await using store = await openSqliteStore({ directory });
    await measureStore(store, resources);
  }
  console.log(`file            ${(statSync(join(directory, 'poolkeeper.db')).size / 1e6).toFixed(0)} MB`);
  // Loads in a process of its own: this one's memory is full of what it wrote.
  spawnSync(process.execPath, ['--expose-gc', import.meta.filename, 'load', directory], { stdio: 'inherit' });
}

const [task, place, count] = process.argv.slice(2);
if (task === 'load' && place !== undefined) await measureLoad(place);
else if (task === '--database' && place !== undefined) {
  await measurePostgres(place, Number(count ?? RESOURCES_DEFAULT));
} else {
  const directory = mkdtempSync(join(tmpdir(), 'poolkeeper-bench-'));
  try {
    await measureAll(directory, Number(task ?? RESOURCES_DEFAULT));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
