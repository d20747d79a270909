import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/** Who has a directory: undefined is nobody; null is a process that did not say which. */
export type Holder = { readonly pid: number | null } | undefined;

/**
 * Looks who has a data directory, without taking it: the look is a read, over in an instant, and writes nothing.
 *
 * Errors: SQLite's own, where the lock may not be read.
 */
export function findHolder(directory: string): Holder {
  const file = join(directory, LOCK_FILE);
  if (!existsSync(file)) return undefined;
  using lock = new DatabaseSync(file, { readOnly: true, timeout: 0 });
  try {
    lock.prepare('select count(*) from sqlite_schema').get();
    return undefined;
  } catch (error) {
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    return { pid: readPid(join(directory, PID_FILE)) };
  }
}

function describeHolder(pidFile: string): string {
  const pid = readPid(pidFile);
  return pid === null ? 'another process' : `process ${pid}`;
}

function readPid(pidFile: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
    return Number.isSafeInteger(pid) ? pid : null;
  } catch {
    return null;
  }
}
