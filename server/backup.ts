import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ADMIN_TOKEN_FILE } from './admin-token.ts';
import { hashSecret } from './http/secrets.ts';
import { StoreFailure } from './store/contract.ts';
import { backUpDatabase, DATABASE_FILE, readBackup, restoreBackup } from './store/sqlite/backup.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import { readContents } from './store/summary.ts';
import type { StoreContents, StoreSummary } from './store/summary.ts';

export type BackedUp = { readonly bytes: number; readonly contents: StoreSummary };

/**
 * Writes a backup of a data directory to a file that must not exist, also while a server runs on the directory; then opens
 * the backup as a store and reads all of it.
 *
 * Errors: `StoreFailure`; there is no file then.
 */
export async function backUpDirectory(dataDirectory: string, target: string): Promise<BackedUp> {
  const database = join(dataDirectory, DATABASE_FILE);
  if (!existsSync(database)) throw new StoreFailure(`The data directory ${dataDirectory} has no store.`);
  await backUpDatabase(database, target);
  try {
    const { adminHashes: _kept, ...contents } = await readBackup(target, readDirectory);
    return { bytes: statSync(target).size, contents };
  } catch (error) {
    rmSync(target, { force: true });
    throw error;
  }
}

/** Whether the token in the directory's file is let in: its store knows it, does not, or there is no file. */
export type TokenFileState = 'accepted' | 'unknown' | 'missing';

export type RestoredDirectory = {
  readonly contents: StoreSummary;
  /** Where the store is that was there before; null where there was none. */
  readonly keptOld: string | null;
  readonly tokenFile: { readonly path: string; readonly state: TokenFileState };
};

/**
 * Makes a backup the store of a data directory on which no server runs, after the backup was opened and read.
 *
 * `keepOld`: a store that is there gets another name, which holds the instant `now` (milliseconds UTC); else it is refused.
 * Errors: `StoreFailure`; the directory is as it was then.
 */
export async function restoreDirectory(input: {
  readonly file: string;
  readonly dataDirectory: string;
  readonly keepOld: boolean;
  readonly now: number;
}): Promise<RestoredDirectory> {
  const { file, dataDirectory, keepOld, now } = input;
  const { contents, keptOld } = await restoreBackup({
    file,
    dataDirectory,
    keepOldAs: keepOld ? oldName(now) : null,
    read: readDirectory,
  });
  const { adminHashes, ...summary } = contents;
  const path = join(dataDirectory, ADMIN_TOKEN_FILE);
  return { contents: summary, keptOld, tokenFile: { path, state: stateOf(path, adminHashes) } };
}

async function readDirectory(directory: string): Promise<StoreContents> {
  await using store = await openSqliteStore({ directory });
  return await readContents(store);
}

/** `poolkeeper.before-20260301T100000Z.db` */
function oldName(now: number): string {
  const instant = new Date(now).toISOString().replaceAll(/[-:]|[.]\d+/g, '');
  return `${basename(DATABASE_FILE, '.db')}.before-${instant}.db`;
}

function stateOf(file: string, hashes: readonly string[]): TokenFileState {
  try {
    return hashes.includes(hashSecret(readFileSync(file, 'utf8').trim())) ? 'accepted' : 'unknown';
  } catch {
    return 'missing';
  }
}
