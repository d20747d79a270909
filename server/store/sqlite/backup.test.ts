import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { aBatch, anEndedLease, anEvent, put } from '../contract-documents.ts';
import { loadAll, loadIds } from '../contract-suite.ts';
import { readBackup, restoreBackup } from './backup.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { aDirectory } from './test-directory.ts';

test('a backup is one file, and restored into an empty directory it is the store it was made from', async () => {
  using directory = aDirectory();
  const { backup, contents } = await makeBackup(directory.path);
  expect(readdirSync(join(directory.path, 'backups'))).toEqual(['monday.db']);
  const target = join(directory.path, 'restored');
  await restore(backup, target);
  await using store = await openSqliteStore({ directory: target });
  expect(await loadAll(store)).toEqual(contents);
  expect((await store.listEndedLeases({ limit: 10 })).items).toEqual([anEndedLease('lse_1')]);
});

test('a directory that has a store is left as it is', async () => {
  using directory = aDirectory();
  const { backup, home } = await makeBackup(directory.path);
  const before = readFileSync(join(home, 'poolkeeper.db'));
  await expect(restore(backup, home)).rejects.toThrow(
    /has a store already\. Restore into an empty directory, or have the old store kept aside\./,
  );
  expect(readFileSync(join(home, 'poolkeeper.db')).equals(before)).toBe(true);
});

test('a directory that is in use is refused', async () => {
  using directory = aDirectory();
  const { backup } = await makeBackup(directory.path);
  const target = join(directory.path, 'other');
  await using _store = await openSqliteStore({ directory: target });
  await expect(restore(backup, target)).rejects.toThrow(/in use by process/);
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
  await expect(restore(file, target)).rejects.toThrow(
    /^(There is no backup|The backup .* is damaged|The database has schema version)/,
  );
  expect(existsSync(join(target, 'poolkeeper.db'))).toBe(false);
  expect(leftIn(target)).toEqual([]);
});

test('an old store can be kept aside: it opens under its new name, with what was only in its log', async () => {
  using directory = aDirectory();
  const { backup, contents } = await makeBackup(directory.path);
  const target = join(directory.path, 'other');
  await fillAndAbandon(target);
  const { keptOld } = await restore(backup, target, 'old.db');
  expect(keptOld).toBe(join(target, 'old.db'));
  await using store = await openSqliteStore({ directory: target });
  expect(await loadAll(store)).toEqual(contents);
  mkdirSync(join(directory.path, 'old'));
  renameSync(join(target, 'old.db'), join(directory.path, 'old', 'poolkeeper.db'));
  await using old = await openSqliteStore({ directory: join(directory.path, 'old') });
  expect(await loadIds(old)).toEqual(['res_late']);
});

test('a log that a store left behind is not played into the restored one', async () => {
  using directory = aDirectory();
  const { backup, contents } = await makeBackup(directory.path);
  const target = join(directory.path, 'other');
  await fillAndAbandon(target);
  rmSync(join(target, 'poolkeeper.db'));
  await expect(restore(backup, target)).rejects.toThrow(/has a store already/);
  await restore(backup, target, 'old.db');
  await using store = await openSqliteStore({ directory: target });
  expect(await loadAll(store)).toEqual(contents);
});

test('a name under which something is kept already is refused, and nothing is moved', async () => {
  using directory = aDirectory();
  const { backup, home } = await makeBackup(directory.path);
  writeFileSync(join(home, 'old.db'), 'mine');
  await expect(restore(backup, home, 'old.db')).rejects.toThrow(/old\.db exists already/);
  expect(readFileSync(join(home, 'old.db'), 'utf8')).toBe('mine');
  expect(existsSync(join(home, 'poolkeeper.db'))).toBe(true);
});

test('reading a backup leaves it as it is, and nothing beside it', async () => {
  using directory = aDirectory();
  const { backup, contents } = await makeBackup(directory.path);
  const before = readFileSync(backup);
  expect(await readBackup(backup, read)).toEqual(contents);
  expect(readFileSync(backup).equals(before)).toBe(true);
  expect(readdirSync(join(directory.path, 'backups'))).toEqual(['monday.db']);
});

test('a backup into a directory that is not there is refused', async () => {
  using directory = aDirectory();
  await using store = await openSqliteStore({ directory: directory.path });
  await expect(store.backup(join(directory.path, 'nowhere', 'monday.db'))).rejects.toThrow(
    /cannot be written/,
  );
});

async function read(directory: string) {
  await using store = await openSqliteStore({ directory });
  return await loadAll(store);
}

function restore(file: string, dataDirectory: string, keepOldAs: string | null = null) {
  return restoreBackup({ file, dataDirectory, keepOldAs, read });
}

function leftIn(directory: string): string[] {
  return existsSync(directory)
    ? readdirSync(directory).filter((name) => !/^poolkeeper[.](lock|pid)$/.test(name))
    : [];
}

/** A store whose process was killed: what it wrote last is in its log alone. */
async function fillAndAbandon(directory: string): Promise<void> {
  const aside = `${directory}-live`;
  await using store = await openSqliteStore({ directory: aside });
  const term = await store.claim();
  await store.commit(aBatch(term, { upserts: [put('res_late')] }));
  mkdirSync(directory);
  for (const suffix of ['', '-wal']) {
    copyFileSync(join(aside, `poolkeeper.db${suffix}`), join(directory, `poolkeeper.db${suffix}`));
  }
  expect(statSync(join(directory, 'poolkeeper.db-wal')).size).toBeGreaterThan(0);
}

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
