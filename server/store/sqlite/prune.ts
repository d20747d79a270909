import type { DatabaseSync } from 'node:sqlite';
import type { HistoryStatements } from './history-statements.ts';
import type { Statements } from './statements.ts';
import { STEP_ROWS } from './steps.ts';
import type { Steps } from './steps.ts';
import { bucketOf } from './subjects.ts';
import { inRelaxedTransaction } from './transaction.ts';

/**
 * Removes old events, leases and runs that are long over, and what runs put out then, at most `limit` of all together, in steps between which
 * commits may go on; answers how many.
 *
 * A crash may bring rows back that were just removed. The next prune takes them again.
 */
export function* pruneHistory(
  db: DatabaseSync,
  { events, ended, runs, runLog }: Statements,
  input: { eventsBelow: number; endedBefore: number; limit: number },
): Steps<number> {
  const { eventsBelow, endedBefore, limit } = input;
  const first = yield* removeInSteps(db, limit, (rows) => events.removeBelow(eventsBelow, rows));
  const second = yield* removeInSteps(db, limit - first, (rows) =>
    ended.removeEndedBefore(endedBefore, rows),
  );
  const third = yield* removeInSteps(db, limit - first - second, (rows) =>
    runs.removeEndedBefore(endedBefore, rows),
  );
  const fourth = yield* removeInSteps(db, limit - first - second - third, (rows) =>
    runLog.removeBefore(endedBefore, rows),
  );
  for (const history of [events, ended, runs]) yield* removeBuckets(db, history);
  return first + second + third + fourth;
}

/** The bucket entries of rows that are gone. A bucket that still has a row keeps its entries. */
function* removeBuckets(db: DatabaseSync, history: HistoryStatements): Steps<void> {
  const first = history.firstNumber();
  if (first === undefined) return;
  yield* removeInSteps(db, Infinity, (rows) => history.removeBucketsBelow(bucketOf(first), rows));
}

function* removeInSteps(
  db: DatabaseSync,
  limit: number,
  removeSome: (limit: number) => number,
): Steps<number> {
  let removed = 0;
  while (removed < limit) {
    const wanted = Math.min(STEP_ROWS, limit - removed);
    const count = inRelaxedTransaction(db, () => removeSome(wanted));
    removed += count;
    yield;
    if (count < wanted) break;
  }
  return removed;
}
