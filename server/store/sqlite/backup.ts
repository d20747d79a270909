import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
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
/** What SQLite keeps beside a database in use; a log that stays behind would be played into whatever takes its name. */
const COMPANIONS = ['-wal', '-shm'] as const;
/** Only the owner reads: a store holds hashes of tokens and whatever people put into parameters. */
export const FILE_MODE = 0o600;
export const DIRECTORY_MODE = 0o700;
/** One step for the whole file: a snapshot that later commits neither change nor make begin again. */
const ALL_PAGES = 2 ** 31 - 1;

/** Opens the store of a directory and reads what is asked of it. */
type Reader<T> = (directory: string) => Promise<T>;

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
 * Looks at a backup from end to end and reads it as the store that it would become. The backup itself is only copied, to a
 * folder beside it that is gone afterwards: for so long the disk needs room for it twice.
 *
 * Errors: `StoreFailure` when it is no backup, damaged or from a newer release; those of `read`.
 */
export async function readBackup<T>(file: string, read: Reader<T>): Promise<T> {
  const scratch = copyToScratch(file, dirname(file));
  try {
    return await read(scratch);
  } catch (error) {
    throw asStoreFailure(error);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

export type Restoring<T> = {
  readonly file: string;
  readonly dataDirectory: string;
  /** The name in the data directory under which a store that is there is kept; null refuses such a directory. */
  readonly keepOldAs: string | null;
  readonly read: Reader<T>;
};

export type Restored<T> = {
  readonly contents: T;
  /** Where the store is that was there before. */
  readonly keptOld: string | null;
};

/**
 * Makes a backup the store of a data directory, after it was checked from end to end and opened as a store.
 *
 * Errors: `StoreFailure` when the file is no backup, is damaged or from a newer release, the directory is in use, or has a
 * store that is not to be kept aside; the directory is then as it was.
 */
export async function restoreBackup<T>(input: Restoring<T>): Promise<Restored<T>> {
  const { file, dataDirectory, keepOldAs, read } = input;
  if (!existsSync(file)) throw new StoreFailure(`There is no backup ${file}.`);
  mkdirSync(dataDirectory, { recursive: true, mode: DIRECTORY_MODE });
  using _lock = lockDirectory(dataDirectory);
  const target = join(dataDirectory, DATABASE_FILE);
  const isTaken = ['', ...COMPANIONS].some((suffix) => existsSync(`${target}${suffix}`));
  if (isTaken && keepOldAs === null) {
    throw new StoreFailure(
      `The data directory ${dataDirectory} has a store already. Restore into an empty directory, or have the old store kept aside.`,
    );
  }
  const scratch = copyToScratch(file, dataDirectory);
  try {
    const contents = await read(scratch);
    const keptOld = isTaken && keepOldAs !== null ? keepAside(target, join(dataDirectory, keepOldAs)) : null;
    moveDurably(join(scratch, DATABASE_FILE), target);
    return { contents, keptOld };
  } catch (error) {
    throw asStoreFailure(error);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A folder with an intact copy of the backup, under the name that a store has. */
function copyToScratch(file: string, parent: string): string {
  if (!existsSync(file)) throw new StoreFailure(`There is no backup ${file}.`);
  let scratch: string | undefined;
  try {
    scratch = mkdtempSync(join(parent, '.poolkeeper-check-'));
    const copy = join(scratch, DATABASE_FILE);
    copyFileSync(file, copy, constants.COPYFILE_FICLONE);
    // It may have come by a way that knows nothing of rights.
    chmodSync(copy, FILE_MODE);
    requireIntact(copy, file);
    return scratch;
  } catch (error) {
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
    throw asStoreFailure(error);
  }
}

/** Gives a store another name. Its log goes first: beside the next store of this name it would be played into that one. */
function keepAside(target: string, aside: string): string {
  if (existsSync(aside)) throw new StoreFailure(`${aside} exists already. Move it away, then try again.`);
  emptyLog(target);
  for (const suffix of [...COMPANIONS, '']) {
    if (existsSync(`${target}${suffix}`)) renameSync(`${target}${suffix}`, `${aside}${suffix}`);
  }
  flush(dirname(target));
  return aside;
}

/** Brings what is in the log into the database, where both can still be read; a damaged store is kept as it is. */
function emptyLog(databaseFile: string): void {
  if (!existsSync(databaseFile)) return;
  try {
    using db = new DatabaseSync(databaseFile);
    db.exec('pragma wal_checkpoint(truncate)');
  } catch {
    // It is kept for people who want to look at it, not for us.
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
/** Gives a file another name, so that a crash leaves one or the other. */
export function moveDurably(from: string, to: string): void {
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
