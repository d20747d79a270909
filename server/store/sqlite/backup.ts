import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { StoreFailure } from '../contract.ts';
import { lockDirectory } from './directory-lock.ts';
import { asStoreFailure } from './failure.ts';
import { requireOurDatabase } from './migrate.ts';

/** The name of the database in a data directory. */
export const DATABASE_FILE = 'poolkeeper.db';
/** Only the owner reads: a store holds hashes of tokens and whatever people put into parameters. */
export const FILE_MODE = 0o600;
export const DIRECTORY_MODE = 0o700;
/** One step for the whole file: a snapshot that later commits neither change nor make begin again. */
const ALL_PAGES = 2 ** 31 - 1;

/**
 * Copies a database in use to a file that must not exist. Commits go on meanwhile and are not in the copy.
 *
 * Errors: `StoreFailure`; the target is not there then.
 */
export async function backUpDatabase(databaseFile: string, target: string): Promise<void> {
  reserve(target);
  const partial = `${target}.partial`;
  try {
    const source = new DatabaseSync(databaseFile, { readOnly: true });
    try {
      await backup(source, partial, { rate: ALL_PAGES });
    } finally {
      source.close();
    }
    // A file of its own, which needs no log beside it to be read.
    using copy = new DatabaseSync(partial);
    copy.exec('pragma journal_mode = delete');
    moveDurably(partial, target);
  } catch (error) {
    rmSync(partial, { force: true });
    rmSync(target, { force: true });
    throw asStoreFailure(error);
  }
}

/**
 * Makes a backup the store of a data directory that has none, after it was checked from end to end.
 *
 * Errors: `StoreFailure` when the file is no backup, is damaged or from a newer release, or the directory has a store; the
 * directory is then as it was.
 */
export function restoreBackup(file: string, dataDirectory: string): void {
  if (!existsSync(file)) throw new StoreFailure(`There is no backup ${file}.`);
  mkdirSync(dataDirectory, { recursive: true, mode: DIRECTORY_MODE });
  using _lock = lockDirectory(dataDirectory);
  const target = join(dataDirectory, DATABASE_FILE);
  if (existsSync(target)) {
    throw new StoreFailure(
      `The data directory ${dataDirectory} has a store already. Restore into an empty directory.`,
    );
  }
  const partial = `${target}.partial`;
  try {
    copyFileSync(file, partial);
    requireIntact(partial, file);
    moveDurably(partial, target);
  } catch (error) {
    rmSync(partial, { force: true });
    throw asStoreFailure(error);
  }
}

function requireIntact(copy: string, file: string): void {
  let verdict: unknown;
  try {
    using db = new DatabaseSync(copy);
    requireOurDatabase(db);
    // An empty file passes as a new database; it has no world.
    db.prepare('select term from world where id = 1').get();
    verdict = db.prepare('pragma integrity_check(1)').get()?.['integrity_check'];
  } catch (error) {
    if (error instanceof StoreFailure) throw error;
    throw new StoreFailure(`The backup ${file} is damaged, or no backup at all.`, { cause: error });
  }
  if (verdict !== 'ok')
    throw new StoreFailure(`The backup ${file} is damaged.`, { cause: new Error(String(verdict)) });
}

function reserve(target: string): void {
  try {
    closeSync(openSync(target, 'wx', FILE_MODE));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const message =
      code === 'EEXIST'
        ? `The backup file ${target} exists already. Name one that does not.`
        : `The backup file ${target} cannot be written. Check the directory and its permissions.`;
    throw new StoreFailure(message, { cause: error });
  }
}

/** Gives a complete file its name; it has it still after the power failed. */
function moveDurably(from: string, to: string): void {
  flush(from);
  renameSync(from, to);
  flush(dirname(to));
}

function flush(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
