import { beforeEach, describe, expect, test } from 'vitest';
import { lookForPostgres } from '../../testing/find-postgres.ts';
import { aBatch, put } from '../contract-documents.ts';
import { loadIds } from '../contract-suite.ts';
import { openTestStore, useServer } from './test-place.ts';

const postgres = lookForPostgres();

describe.skipIf(postgres.areMissing)(`the schema of a database${postgres.reason}`, () => {
  const server = useServer();
  beforeEach(async () => {
    await server().query('drop schema if exists poolkeeper cascade');
  });

  test('is made once, also by several processes at once, and is left as it is afterwards', async () => {
    const stores = await Promise.all(Array.from({ length: 5 }, () => openTestStore(server().url())));
    const [first] = stores;
    const term = (await first?.claim()) ?? 0;
    await first?.commit(aBatch(term, { upserts: [put('res_1')] }));
    await using late = await openTestStore(server().url());
    expect(await loadIds(late)).toEqual(['res_1']);
    expect(await server().query('select count(*)::int as made from poolkeeper.schema_version')).toEqual([
      { made: 1 },
    ]);
    for (const store of stores) await store[Symbol.asyncDispose]();
  });

  test('that a newer release wrote is refused, and left as it is', async () => {
    await (await openTestStore(server().url()))[Symbol.asyncDispose]();
    await server().query('insert into poolkeeper.schema_version (version) values (99)');
    await expect(openTestStore(server().url())).rejects.toThrow(
      /schema version 99, this release knows \d+\. Use the release that wrote it, or a newer one\./,
    );
  });

  test('that another program made is refused, and left as it is', async () => {
    await server().query('create schema poolkeeper create table poolkeeper.theirs ()');
    await expect(openTestStore(server().url())).rejects.toThrow(/that another program made/);
    expect(
      await server().query(`select count(*)::int as tables from pg_tables where schemaname = 'poolkeeper'`),
    ).toEqual([{ tables: 1 }]);
  });

  test('is made by a user who may create it, and a user who may not is told what is missing', async () => {
    await server().query('create role clerk login');
    await expect(openTestStore(server().url().replace('postgres@', 'clerk@'))).rejects.toThrow(
      /Grant the user create/,
    );
    await server().query('grant create on database postgres to clerk');
    await using store = await openTestStore(server().url().replace('postgres@', 'clerk@'));
    expect(await store.claim()).toBe(1);
  });

  test('is not touched where TLS is asked for and the server has none', async () => {
    await expect(openTestStore(`${server().url()}?sslmode=require`)).rejects.toThrow(/offers no TLS/);
  });

  test('a backup is left to the tools of PostgreSQL', async () => {
    await using store = await openTestStore(server().url());
    await expect(store.backup('/tmp/x.db')).rejects.toThrow(
      /pg_dump --format=custom --schema=poolkeeper --host=127/,
    );
  });
});
