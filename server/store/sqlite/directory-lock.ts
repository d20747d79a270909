import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreFailure } from '../contract.ts';

const LOCK_FILE = 'poolkeeper.lock';
const PID_FILE = 'poolkeeper.pid';
const SQLITE_BUSY = 5;

/**
 * Keeps other processes off a data directory for as long as it is held.
 *
 * The lock is SQLite's own on an empty database: the system gives it back when the process ends, however it ends, so it is
 * never stale. The pid beside it is for people alone; nothing is decided by it.
 *
 * Errors: `StoreFailure` that names the process which has the directory.
 */
export function lockDirectory(directory: string): Disposable {
  const pidFile = join(directory, PID_FILE);
  const lock = new DatabaseSync(join(directory, LOCK_FILE), { timeout: 0 });
  try {
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new StoreFailure(
      `The data directory ${directory} is in use by ${describeHolder(pidFile)}. Stop it, or use another directory.`,
      { cause: error },
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  return {
    [Symbol.dispose]: () => {
      if (!lock.isOpen) return;
      rmSync(pidFile, { force: true });
      lock.close();
    },
  };
}

function describeHolder(pidFile: string): string {
  try {
    return `process ${Number.parseInt(readFileSync(pidFile, 'utf8'), 10)}`;
  } catch {
    return 'another process';
  }
}
