import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { aBatch, anEndedLease, anEvent, put } from '../contract-documents.ts';
import { loadAll } from '../contract-suite.ts';
import { restoreBackup } from './backup.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { aDirectory } from './test-directory.ts';

test('a backup is one file, and restored into an empty directory it is the store it was made from', async () => {
  using directory = aDirectory();
  const { backup, contents } = await makeBackup(directory.path);
  expect(readdirSync(join(directory.path, 'backups'))).toEqual(['monday.db']);
  const target = join(directory.path, 'restored');
  restoreBackup(backup, target);
  await using store = await openSqliteStore({ directory: target });
  expect(await loadAll(store)).toEqual(contents);
  expect((await store.listEndedLeases({ limit: 10 })).items).toEqual([anEndedLease('lse_1')]);
});

test('a directory that has a store is left as it is', async () => {
  using directory = aDirectory();
  const { backup, home } = await makeBackup(directory.path);
  const before = readFileSync(join(home, 'poolkeeper.db'));
  expect(() => restoreBackup(backup, home)).toThrow(
    /has a store already\. Restore into an empty directory\./,
  );
  expect(readFileSync(join(home, 'poolkeeper.db')).equals(before)).toBe(true);
});

test('a directory that is in use is refused', async () => {
  using directory = aDirectory();
  const { backup } = await makeBackup(directory.path);
  const target = join(directory.path, 'other');
  await using _store = await openSqliteStore({ directory: target });
  expect(() => restoreBackup(backup, target)).toThrow(/in use by process/);
});

test.each([
  ['is not there', () => undefined],
  ['is no database', (file: string) => writeFileSync(file, 'hello '.repeat(5_000))],
  ['is empty', (file: string) => writeFileSync(file, '')],
  ['was cut off', (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 40_000))],
  [
    'was written over in the middle',
    (file: string) => writeFileSync(file, readFileSync(file).fill(0xa5, 8_192 * 3, 8_192 * 5)),
  ],
  [
    'is of a newer release',
    (file: string) => {
      using db = new DatabaseSync(file);
      db.exec('pragma user_version = 9999');
    },
  ],
])('a backup that %s is refused and leaves no store', async (what, damage) => {
  using directory = aDirectory();
  const { backup } = await makeBackup(directory.path);
  damage(backup);
  const target = join(directory.path, 'restored');
  const file = what === 'is not there' ? `${backup}.gone` : backup;
  expect(() => restoreBackup(file, target)).toThrow(
    /^(There is no backup|The backup .* is damaged|The database has schema version)/,
  );
  expect(existsSync(join(target, 'poolkeeper.db'))).toBe(false);
  expect(existsSync(join(target, 'poolkeeper.db.partial'))).toBe(false);
});

test('a backup into a directory that is not there is refused', async () => {
  using directory = aDirectory();
  await using store = await openSqliteStore({ directory: directory.path });
  await expect(store.backup(join(directory.path, 'nowhere', 'monday.db'))).rejects.toThrow(
    /cannot be written/,
  );
});

async function makeBackup(root: string) {
  const home = join(root, 'home');
  const backup = join(root, 'backups', 'monday.db');
  mkdirSync(join(root, 'backups'));
  await using store = await openSqliteStore({ directory: home });
  const term = await store.claim();
  const upserts = Array.from({ length: 300 }, (_, index) => put(`res_${index}`));
  await store.commit(aBatch(term, { upserts, events: [anEvent(1)], ended: [anEndedLease('lse_1')] }));
  await store.listEvents({ after: 0, limit: 1 });
  await store.backup(backup);
  return { home, backup, contents: await loadAll(store) };
}
