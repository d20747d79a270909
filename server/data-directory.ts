import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DATABASE_FILE } from './store/sqlite/backup.ts';
import { findHolder } from './store/sqlite/directory-lock.ts';
import type { Holder } from './store/sqlite/directory-lock.ts';
import { readSchemaVersions, requireOurDatabase } from './store/sqlite/migrate.ts';

/** How a data directory stands, seen from outside: nothing is written, locked or changed. */
export type DirectoryState = {
  readonly exists: boolean;
  /** May this user write to it; of one that is not there: make it? */
  readonly isWritable: boolean;
  /** Bytes that this user may still fill. */
  readonly freeBytes: number;
  readonly holder: Holder;
  /** Undefined where there is no store yet; an error where it cannot be used by this release. */
  readonly store: StoreState | Error | undefined;
};

export type StoreState = {
  /** With what is still in its log. */
  readonly bytes: number;
  /** Of the schema: what is there, and what this release writes. */
  readonly found: number;
  readonly latest: number;
};

/** Errors: the system's own, where the directory may not be looked at. */
export function inspectDirectory(dataDirectory: string): DirectoryState {
  const exists = existsSync(dataDirectory);
  const nearest = nearestDirectory(dataDirectory);
  const { bavail, bsize } = statfsSync(nearest);
  return {
    exists,
    isWritable: mayWrite(nearest),
    freeBytes: bavail * bsize,
    holder: exists ? findHolder(dataDirectory) : undefined,
    store: inspectStore(join(dataDirectory, DATABASE_FILE)),
  };
}

function inspectStore(file: string): StoreState | Error | undefined {
  if (!existsSync(file)) return undefined;
  try {
    using db = new DatabaseSync(file, { readOnly: true });
    requireOurDatabase(db);
    return { bytes: sizeOf(file) + sizeOf(`${file}-wal`), ...readSchemaVersions(db) };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function nearestDirectory(path: string): string {
  let directory = resolve(path);
  while (!existsSync(directory) && dirname(directory) !== directory) directory = dirname(directory);
  return directory;
}

function mayWrite(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return statSync(directory).isDirectory();
  } catch {
    return false;
  }
}
