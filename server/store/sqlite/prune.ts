import type { DatabaseSync } from 'node:sqlite';
import type { EndedLease } from '@poolkeeper/core';
import type { Steps } from './history.ts';
import type { Statements } from './statements.ts';
import { bucketOf, subjectsOfEndedLease } from './subjects.ts';
import { inRelaxedTransaction } from './transaction.ts';

/** How many rows one transaction removes: about as long as a step of a fold. */
const STEP_ROWS = 256;

/**
 * Removes old events and old ended leases, in steps between which commits may go on; answers how many of both.
 *
 * A crash may bring rows back that were just removed. The next prune takes them again.
 */
export function* pruneHistory(
  db: DatabaseSync,
  statements: Statements,
  input: { eventsBelow: number; endedBefore: number; limit: number },
): Steps<number> {
  let removed = 0;
  const removeIn = function* (removeSome: (limit: number) => number): Steps<void> {
    for (;;) {
      const limit = Math.min(STEP_ROWS, input.limit - removed);
      if (limit <= 0) return;
      const count = inRelaxedTransaction(db, () => removeSome(limit));
      removed += count;
      yield;
      if (count < limit) return;
    }
  };
  yield* removeIn((limit) => statements.events.removeBelow(input.eventsBelow, limit));
  yield* removeIn((limit) => removeEnded(statements, input.endedBefore, limit));
  yield* removeSubjects(db, statements);
  return removed;
}

function removeEnded({ ended }: Statements, endedBefore: number, limit: number): number {
  const rows = ended.oldest(endedBefore, limit);
  for (const { number, document } of rows) {
    ended.remove(number);
    for (const subject of subjectsOfEndedLease(JSON.parse(document) as EndedLease)) ended.removeSubject(subject, number);
  }
  return rows.length;
}

/** Entries of a bucket go when all of its events are gone; until then the ones that lead nowhere are passed over. */
function* removeSubjects(db: DatabaseSync, { events, journal }: Statements): Steps<void> {
  const firstKept = events.firstSeq() ?? journal.readMeta().eventSeq + 1;
  for (;;) {
    const count = inRelaxedTransaction(db, () => events.removeSubjectsBelow(bucketOf(firstKept), STEP_ROWS));
    yield;
    if (count < STEP_ROWS) return;
  }
}
