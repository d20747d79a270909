import type { DatabaseSync } from 'node:sqlite';

/** Runs `work` in one transaction: all of it is written, or nothing and the error goes on. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('begin immediate');
  try {
    const result = work();
    db.exec('commit');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('rollback');
    throw error;
  }
}

/**
 * The same without waiting for the disk: for work that a crash may undo, because it is made again from what is durable. It
 * never reaches the disk after something that was committed later.
 */
export function inRelaxedTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('pragma synchronous = normal');
  try {
    return inTransaction(db, work);
  } finally {
    db.exec('pragma synchronous = full');
  }
}
