import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inspectDatabase } from './database-state.ts';
import { runMigration } from './migrate-machine.ts';
import { digestWorld } from './migrate-digest.ts';
import { createKeyFileVault } from './seal/signing-key-file.ts';
import { SigningKeys } from './seal/signing-keys.ts';
import {
  aBatch,
  aHeldLease,
  anEndedLease,
  anEndedRun,
  anEvent,
  aProvider,
  aTurnover,
  NOW,
  put,
} from './store/contract-documents.ts';
import { openTestStore } from './store/postgres/test-place.ts';
import { aLogEntry } from './store/run-log-suite.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import { aDirectory } from './store/sqlite/test-directory.ts';
import { lookForPostgres } from './testing/find-postgres.ts';
import { RealPostgres } from './testing/real-postgres.ts';

const postgres = lookForPostgres();
const MASTER_KEYS = { given: ['11'.repeat(32)], file: null, earlier: [] };
/** More than a batch, and than a page of any store. */
const ROWS = 1_203;

describe.skipIf(postgres.areMissing)(`moving a world into a real PostgreSQL${postgres.reason}`, () => {
  let server: RealPostgres;
  const root = aDirectory();
  const folder = join(root.path, 'data');
  beforeAll(async () => {
    server = await RealPostgres.start();
    await using store = await openSqliteStore({ directory: folder });
    const numbers = Array.from({ length: ROWS }, (_, index) => ROWS - index);
    await store.commit(
      aBatch(await store.claim(), {
        upserts: [
          { kind: 'provider', id: 'mine', document: aProvider('mine') },
          { kind: 'lease', id: 'lse_1', document: aHeldLease('lse_1') },
          ...numbers.map((number) =>
            put(`res_${number}`, { params: { odd: 'a\n\t\u0000\u0001\\"\u{1F600}' } }),
          ),
          put('tab\tnul\u0000one\u0001'),
        ],
        ended: numbers.map((number) => anEndedLease(`lse_${number}`, { pools: ['web', 'b\u0001'] })),
        runs: numbers.map((number) => anEndedRun(`run_${number}`)),
        records: [aTurnover(1), aTurnover(2), aTurnover(1, { resource: 'res_\u0000' })],
        events: numbers.map((_, index) => anEvent(index + 1)),
      }),
    );
    await store.runLog.append(numbers.map((number) => aLogEntry(number, { text: 'Ünï\u0000code\n' })));
    const keys = await SigningKeys.open({ vault: createKeyFileVault(folder), memory: store, now: NOW });
    await keys.takeUp(NOW);
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    root[Symbol.dispose]();
  });

  test('there and back it is the same world, and the database says what it holds', async () => {
    const database = await server.createDatabase();
    const move = { masterKeys: MASTER_KEYS, environment: {} };
    const there = await runMigration({ ...move, from: { folder }, to: { database } });
    expect(there.hasSigningKeys).toBe(true);
    const { primary } = await inspectDatabase(database, {});
    expect(primary).toMatchObject({ mayWrite: true, found: primary?.latest });
    const target = join(root.path, 'back');
    const home = await runMigration({ ...move, from: { database }, to: { folder: target } });
    expect(home.parts).toEqual(there.parts);
    await using first = await openSqliteStore({ directory: folder });
    await using last = await openSqliteStore({ directory: target });
    expect(await digestWorld(last, () => {})).toEqual(await digestWorld(first, () => {}));
    await expect(runMigration({ ...move, from: { folder: target }, to: { database } })).rejects.toThrow(
      'in use by',
    );
  });

  test('a database in which a server decided, or another one keeps the world, is left alone', async () => {
    const database = await server.createDatabase();
    await using store = await openTestStore(database);
    const replica = { id: 'r1', name: 'pk-1', address: '127.0.0.1:1', version: '0' };
    const { term } = await store.acquire({ replica, forMs: 60_000 });
    const input = { masterKeys: MASTER_KEYS, environment: {}, from: { folder }, to: { database } };
    await expect(runMigration(input)).rejects.toThrow('in use by pk-1');
    await store.commit(aBatch(term, { upserts: [put('res_1')] }));
    await store.resign(term);
    await expect(runMigration(input)).rejects.toThrow('holds a world already');
    await expect(runMigration({ ...input, from: { database }, to: { folder } })).rejects.toThrow(
      'has a store already',
    );
  });

  test('doctor tells a database that does not answer, or takes no writes by this user, from one that does', async () => {
    const database = await server.createDatabase();
    await server.query('create role reader login; revoke create on database template1 from public');
    const asReader = database.replace('postgres@', 'reader@');
    expect((await inspectDatabase(asReader, {})).primary).toMatchObject({ mayWrite: false, found: 0 });
    const two = database.replace(/127[.]0[.]0[.]1:(\d+)/, '127.0.0.1:1,127.0.0.1:$1');
    const { hosts, primary } = await inspectDatabase(two, {});
    expect(hosts[0]?.state).toBeInstanceOf(Error);
    expect(hosts[1]?.state).toBe('primary');
    expect(primary?.settings).toMatchObject({ fsync: 'on', synchronous_standby_names: '' });
    expect(Math.abs(primary?.skewMs ?? Infinity)).toBeLessThanOrEqual(1_000);
  });
});
