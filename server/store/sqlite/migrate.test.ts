import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { migrate, requireOurDatabase } from './migrate.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { aDirectory } from './test-directory.ts';

const PROCESSES = 4;

test('migrating a second time changes nothing', () => {
  using db = new DatabaseSync(':memory:');
  migrate(db);
  const schema = readSchema(db);
  db.exec('update world set term = 5 where id = 1');
  migrate(db);
  expect(readSchema(db)).toEqual(schema);
  expect(schema.length).toBeGreaterThan(10);
  expect(db.prepare('select term from world').all()).toMatchObject([{ term: 5 }]);
});

test('processes that migrate at once do it once', async () => {
  using directory = aDirectory();
  const file = join(directory.path, 'poolkeeper.db');
  const script = `
    import { DatabaseSync } from 'node:sqlite';
    import { migrate } from ${JSON.stringify(join(import.meta.dirname, 'migrate.ts'))};
    process.stdin.once('data', () => {
      const db = new DatabaseSync(${JSON.stringify(file)}, { timeout: 10_000 });
      migrate(db);
      db.close();
      process.exit(0);
    });
    process.stdout.write('ready');`;
  const children = Array.from({ length: PROCESSES }, () =>
    spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  await Promise.all(children.map((child) => once(child.stdout, 'data')));
  const codes = children.map(async (child) => (await once(child, 'close'))[0] as number);
  for (const child of children) child.stdin.write('go');
  expect(await Promise.all(codes)).toEqual(children.map(() => 0));
  using db = new DatabaseSync(file);
  expect(db.prepare('select id, term from world').all()).toMatchObject([{ id: 1, term: 0 }]);
});

test('a database of a newer release is refused and left alone', async () => {
  using directory = aDirectory();
  const file = join(directory.path, 'poolkeeper.db');
  {
    await using store = await openSqliteStore({ directory: directory.path });
    await store.claim();
  }
  {
    using db = new DatabaseSync(file);
    db.exec('pragma user_version = 9999');
    db.exec('pragma wal_checkpoint(truncate)');
  }
  const before = readFileSync(file);
  await expect(openSqliteStore({ directory: directory.path })).rejects.toThrow(
    /schema version 9999, this release knows \d+\. Use the release that wrote it/,
  );
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("another program's database is refused and left alone", async () => {
  using directory = aDirectory();
  const file = join(directory.path, 'poolkeeper.db');
  {
    using db = new DatabaseSync(file);
    db.exec('create table note (text text)');
    expect(() => requireOurDatabase(db)).toThrow('belongs to another program');
  }
  const before = readFileSync(file);
  await expect(openSqliteStore({ directory: directory.path })).rejects.toThrow('belongs to another program');
  expect(readFileSync(file).equals(before)).toBe(true);
});

function readSchema(db: DatabaseSync): unknown[] {
  return db.prepare('select type, name, sql from sqlite_schema order by name').all();
}
