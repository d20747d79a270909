import type { DatabaseSync } from 'node:sqlite';
import { inRelaxedTransaction } from './transaction.ts';

/** Work in steps of a millisecond or two: it yields between them, so that commits can pass, and returns its result. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** How many rows one step writes. */
export const STEP_ROWS = 512;

/** Writes each item, in steps of one transaction each. */
export function* writeInSteps<T>(
  db: DatabaseSync,
  items: readonly T[],
  write: (item: T) => void,
): Steps<void> {
  for (let at = 0; at < items.length; at += STEP_ROWS) {
    const end = Math.min(items.length, at + STEP_ROWS);
    inRelaxedTransaction(db, () => {
      for (let index = at; index < end; index += 1) write(items[index] as T);
    });
    yield;
  }
}

/** Does the work without a pause. */
export function runToEnd<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
