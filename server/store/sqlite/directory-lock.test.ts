import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { StoreFailure } from '../contract.ts';
import { findHolder, lockDirectory } from './directory-lock.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { aDirectory } from './test-directory.ts';

test('a second store on the directory is refused with the pid of the first, which goes on', async () => {
  using directory = aDirectory();
  await using store = await openSqliteStore({ directory: directory.path });
  await expect(openSqliteStore({ directory: directory.path })).rejects.toThrow(
    new StoreFailure(
      `The data directory ${directory.path} is in use by process ${process.pid}. Stop it, or use another directory.`,
    ),
  );
  expect(await store.claim()).toBe(1);
});

test('a directory that was given back can be locked again', () => {
  using directory = aDirectory();
  for (let round = 0; round < 3; round += 1) {
    using _lock = lockDirectory(directory.path);
    expect(readFileSync(join(directory.path, 'poolkeeper.pid'), 'utf8')).toBe(`${process.pid}\n`);
  }
  expect(existsSync(join(directory.path, 'poolkeeper.pid'))).toBe(false);
});

test('another process is refused at once; when the holder was killed, its pid file means nothing', async () => {
  using directory = aDirectory();
  const holder = spawn(process.execPath, [join(import.meta.dirname, 'test-writer.ts'), directory.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  await expect(openSqliteStore({ directory: directory.path })).rejects.toThrow(
    `in use by process ${holder.pid}.`,
  );
  holder.kill('SIGKILL');
  await once(holder, 'close');
  expect(readFileSync(join(directory.path, 'poolkeeper.pid'), 'utf8')).toBe(`${holder.pid}\n`);
  await using store = await openSqliteStore({ directory: directory.path });
  expect(await store.claim()).toBe(2);
});

test('a pid file of a process that lives, without its lock, keeps nobody out', async () => {
  using directory = aDirectory();
  writeFileSync(join(directory.path, 'poolkeeper.pid'), `${process.ppid}\n`);
  await using store = await openSqliteStore({ directory: directory.path });
  expect(await store.claim()).toBe(1);
});

test('a store that could not be opened gives the directory back', async () => {
  using directory = aDirectory();
  writeFileSync(
    join(directory.path, 'poolkeeper.db'),
    'this is no database, and long enough to be read as one. '.repeat(100),
  );
  await expect(openSqliteStore({ directory: directory.path })).rejects.toThrow(StoreFailure);
  using _lock = lockDirectory(directory.path);
});

test('looking who has a directory says the pid, and takes and leaves nothing', async () => {
  using directory = aDirectory();
  expect(findHolder(directory.path)).toBe(undefined);
  {
    await using _store = await openSqliteStore({ directory: directory.path });
    expect(findHolder(directory.path)).toEqual({ pid: process.pid });
  }
  expect(findHolder(directory.path)).toBe(undefined);
  using _lock = lockDirectory(directory.path);
});
