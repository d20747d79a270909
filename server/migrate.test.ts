import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrateWorld } from './migrate.ts';
import type { MigrateInput } from './migrate.ts';
import { digestWorld } from './migrate-digest.ts';
import { requireWholeWorld } from './migrate-marker.ts';
import { moveWorld, WorldDiffers } from './migrate-world.ts';
import { createKeyFileVault, SIGNING_KEYS_FILE } from './seal/signing-key-file.ts';
import { SigningKeys } from './seal/signing-keys.ts';
import {
  aBatch,
  aCredential,
  aHeldLease,
  aJob,
  anEndedLease,
  anEndedRun,
  anEvent,
  aPool,
  aProvider,
  aResource,
  aToken,
  aTurnover,
  NOW,
  put,
} from './store/contract-documents.ts';
import { readAllHistory } from './store/history-suite.ts';
import { createMemoryDisk } from './store/memory/memory-disk.ts';
import { openMemoryStore } from './store/memory/memory-store.ts';
import { aLogEntry } from './store/run-log-suite.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import { aDirectory } from './store/sqlite/test-directory.ts';
import { loadAll } from './store/contract-suite.ts';
import type { Batch, CopyableStore } from './store/contract.ts';
import { systemTimers } from './system-clock.ts';

const KEY = '11'.repeat(32);
const KEYS = { given: [KEY], file: null, earlier: [] };
const NO_ROWS = (): void => {};

async function fill(store: CopyableStore, batches: readonly Partial<Batch>[]): Promise<void> {
  const term = await store.claim();
  for (const batch of batches) await store.commit(aBatch(term, batch));
}

/** A world with something of everything, and names that are hard to keep apart. */
async function fillWithEverything(store: CopyableStore): Promise<void> {
  await fill(store, [
    {
      upserts: [
        { kind: 'provider', id: 'mine', document: aProvider('mine') },
        { kind: 'pool', id: 'web', document: aPool('web') },
        { kind: 'token', id: 'tok_1', document: aToken('tok_1') },
        { kind: 'job', id: 'job_1', document: aJob('job_1') },
        { kind: 'lease', id: 'lse_1', document: aHeldLease('lse_1') },
        { kind: 'credential', id: 'res_1', document: aCredential('res_1') },
        put('res_1'),
        put('\u{1F600}', { params: { 'a"\n': [1, null, { b: 'Ü\u0000' }] } }),
        put('gone'),
      ],
      events: [anEvent(1), anEvent(2)],
      ended: [anEndedLease('lse_b'), anEndedLease('lse_a')],
    },
    {
      deletes: [{ kind: 'resource', id: 'gone' }],
      runs: [anEndedRun('run_b'), anEndedRun('run_a')],
      records: [aTurnover(1), aTurnover(1, { resource: 'res_0' }), aTurnover(2)],
      events: [anEvent(3)],
    },
  ]);
  await store.runLog.append([aLogEntry(1), aLogEntry(1, { run: 'run_0' }), aLogEntry(2)]);
  await store.keepKeys([{ x: 'k1', validFrom: 5, validUntil: null }]);
}

async function everythingOf(store: CopyableStore): Promise<object> {
  return { ...(await loadAll(store)), history: await readAllHistory(store), keys: await store.listKeys() };
}

describe('moving a world between stores', () => {
  test('the copy has everything in its order, and counts and digests say so', async () => {
    const from = await openMemoryStore(createMemoryDisk());
    const to = await openMemoryStore(createMemoryDisk());
    await fillWithEverything(from);
    const { parts } = await moveWorld(from, to, { term: await to.claim() });
    expect(await everythingOf(to)).toEqual(await everythingOf(from));
    const counts = Object.fromEntries(parts.map(({ part, count }) => [part, count]));
    expect(counts).toMatchObject({
      resource: 2,
      event: 3,
      endedLease: 2,
      endedRun: 2,
      turnover: 3,
      runLog: 3,
      key: 1,
    });
    expect(parts).toEqual(await digestWorld(to, NO_ROWS));
  });

  test('any world comes back from SQLite by way of another store as it was', async () => {
    const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6, unit: 'binary' }), { maxLength: 12 });
    const params = fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue() as fc.Arbitrary<never>, {
      maxKeys: 3,
    });
    await fc.assert(
      fc.asyncProperty(ids, ids, params, async (resources, leases, its) => {
        using root = aDirectory();
        await using first = await openSqliteStore({ directory: join(root.path, 'first') });
        await using second = await openMemoryStore(createMemoryDisk());
        await using third = await openSqliteStore({ directory: join(root.path, 'third') });
        const kept = structuredClone(JSON.parse(JSON.stringify(its)) as object) as never;
        await fill(first, [
          {
            upserts: resources.filter((id) => id.isWellFormed()).map((id) => put(id, { params: kept })),
            ended: leases.filter((id) => id.isWellFormed()).map((id) => anEndedLease(id)),
            events: leases.map((_, index) => anEvent(index + 1)),
          },
        ]);
        await moveWorld(first, second, { term: await second.claim() });
        await moveWorld(second, third, { term: await third.claim() });
        expect(await digestWorld(third, NO_ROWS)).toEqual(await digestWorld(first, NO_ROWS));
      }),
      { numRuns: 6 },
    );
  });

  test('more than a batch has is moved whole, and progress is told', async () => {
    const from = await openMemoryStore(createMemoryDisk());
    const to = await openMemoryStore(createMemoryDisk());
    const upserts = Array.from({ length: 12_000 }, (_, index) => put(`res_${index}`));
    await fill(from, [{ upserts }]);
    const told: object[] = [];
    await moveWorld(from, to, { term: await to.claim(), onProgress: (progress) => told.push(progress) });
    expect(told).toEqual([
      { phase: 'copying', rows: 10_000 },
      { phase: 'checking', rows: 10_000 },
    ]);
    expect((await loadAll(to)).documents).toHaveLength(12_000);
  });

  test('a copy that lost a row, or has another one, is not called done', async () => {
    const from = await openMemoryStore(createMemoryDisk());
    await fill(from, [{ upserts: [put('res_1'), put('res_2')] }]);
    for (const harm of [
      (batch: Batch) => ({ ...batch, upserts: batch.upserts.slice(1) }),
      (batch: Batch) => ({ ...batch, upserts: batch.upserts.map(({ id }) => put(id, { epoch: 9 })) }),
    ]) {
      const real = await openMemoryStore(createMemoryDisk());
      const to = Object.assign(Object.create(real) as typeof real, {
        load: () => real.load(),
        claim: () => real.claim(),
        keepKeys: real.keepKeys.bind(real),
        listKeys: () => real.listKeys(),
        readHistory: () => real.readHistory(),
        commit: (batch: Batch) => real.commit(harm(batch) as Batch),
      });
      await expect(moveWorld(from, to, { term: await real.claim() })).rejects.toThrow(WorldDiffers);
    }
  });

  test('a target that holds anything is refused', async () => {
    const from = await openMemoryStore(createMemoryDisk());
    for (const held of [{ upserts: [put('res_1')] }, { ended: [anEndedLease('lse_1')] }]) {
      const to = await openMemoryStore(createMemoryDisk());
      await fill(to, [held]);
      await expect(moveWorld(from, to, { term: await to.claim() })).rejects.toThrow('holds a world already');
    }
  });
});

describe('moving a world between a data folder and a database', () => {
  let root: ReturnType<typeof aDirectory>;
  let disk: ReturnType<typeof createMemoryDisk>;
  let folder: string;
  beforeEach(async () => {
    root = aDirectory();
    disk = createMemoryDisk();
    folder = join(root.path, 'data');
    await using store = await openSqliteStore({ directory: folder });
    await fillWithEverything(store);
    const keys = await SigningKeys.open({ vault: createKeyFileVault(folder), memory: store, now: NOW });
    await keys.takeUp(NOW);
    mkdirSync(join(folder, 'exec', 'mine'), { recursive: true });
    writeFileSync(join(folder, 'exec', 'mine', 'instance'), `${'ab'.repeat(16)}\n`);
  });
  afterEach(() => root[Symbol.dispose]());

  const migrate = (overrides: Partial<MigrateInput> = {}) =>
    migrateWorld({
      from: { folder },
      to: { database: 'postgres://' },
      masterKeys: KEYS,
      openDatabase: () => openMemoryStore(disk),
      timers: systemTimers,
      ...overrides,
    });
  const back = join('back', 'data');
  const bring = () => migrate({ from: { database: 'postgres://' }, to: { folder: join(root.path, back) } });

  test('there and back again it is the same, with its signing keys and its names at providers', async () => {
    const there = await migrate();
    expect(there).toMatchObject({ hasSigningKeys: true, providersOfMachine: ['mine'] });
    const shared = await openMemoryStore(disk);
    const sealed = await shared.readShared('signing-keys');
    expect(sealed).not.toContain('"d"');
    const home = await bring();
    expect(home.parts).toEqual(there.parts);
    for (const file of [SIGNING_KEYS_FILE, join('exec', 'mine', 'instance')]) {
      expect(readFileSync(join(root.path, back, file), 'utf8'), file).toBe(
        readFileSync(join(folder, file), 'utf8'),
      );
    }
    await using store = await openSqliteStore({ directory: join(root.path, back) });
    expect((await loadAll(store)).documents.map(({ kind }) => kind)).toContain('credential');
  });

  test('a folder that a server uses, one that has a store, and one without any are refused', async () => {
    await using _server = await openSqliteStore({ directory: folder });
    await expect(migrate()).rejects.toThrow('in use by process');
    await expect(migrate({ from: { folder: join(root.path, 'none') } })).rejects.toThrow('has no store');
    await expect(migrate({ from: { database: 'postgres://' }, to: { folder } })).rejects.toThrow(
      'in use by process',
    );
  });

  test('a database that a replica keeps or follows is refused in both directions', async () => {
    const store = await openMemoryStore(disk);
    const replica = { id: 'r1', name: 'one', address: '127.0.0.1:1', version: '0' };
    const { term } = await store.acquire({ replica, forMs: 60_000 });
    await expect(migrate()).rejects.toThrow('in use by one');
    await expect(bring()).rejects.toThrow('in use by one');
    await store.resign(term);
    await store.reportReplica({ ...replica, role: 'follower', batch: 0, skewMs: 0 });
    await expect(migrate()).rejects.toThrow('in use by one');
  });

  test('a database that was filled in part says so, is not served, and takes no second move', async () => {
    const refused = new Error('the disk is full');
    const isBroken = { commits: 0 };
    await expect(
      migrate({
        openDatabase: () =>
          openMemoryStore(disk, {
            beforeCommit: () => {
              isBroken.commits += 1;
              throw refused;
            },
          }),
      }),
    ).rejects.toMatchObject({ cause: refused });
    expect(isBroken.commits).toBeGreaterThan(0);
    await expect(requireWholeWorld(await openMemoryStore(disk))).rejects.toThrow('was broken off');
    await expect(migrate()).rejects.toThrow('was broken off');
    disk = createMemoryDisk();
    await migrate();
    await requireWholeWorld(await openMemoryStore(disk));
  });

  test('a folder that was filled in part has no store, and is begun anew', async () => {
    await migrate();
    const target = join(root.path, 'target');
    mkdirSync(join(target, 'migration-unfinished'), { recursive: true });
    writeFileSync(join(target, 'migration-unfinished', 'poolkeeper.db'), 'half a store');
    await migrate({ from: { database: 'postgres://' }, to: { folder: target } });
    await using store = await openSqliteStore({ directory: target });
    expect((await loadAll(store)).documents).toContainEqual({
      kind: 'resource',
      document: aResource('res_1'),
    });
  });

  test('another master key than that of the replicas moves nothing', async () => {
    await migrate();
    const masterKeys = { ...KEYS, given: ['22'.repeat(32)] };
    const to = { folder: join(root.path, back) };
    await expect(migrate({ from: { database: 'postgres://' }, to, masterKeys })).rejects.toThrow(
      'master key',
    );
    await expect(
      migrate({ from: { database: 'postgres://' }, to, masterKeys: { ...KEYS, given: [] } }),
    ).rejects.toThrow('master key is missing');
  });
});
