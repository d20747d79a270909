import type { HistoryRow, HistoryStatements } from './history-statements.ts';
import type { Steps } from './steps.ts';
import { bucketOf, BUCKET_ROWS } from './subjects.ts';

/** How many buckets a query passes over before it lets commits pass. */
const STEP_BUCKETS = 64;

export type HistoryQuery = {
  /** `up`: numbers above `from`, ascending. `down`: numbers below it, descending. */
  readonly direction: 'up' | 'down';
  readonly from: number;
  readonly limit: number;
  /** A row is found when it belongs to all of them. */
  readonly subjects: readonly string[];
  readonly subjectsOf: (document: unknown) => readonly string[];
};

/**
 * Finds rows of one history, bucket by bucket. Where not all subjects occur in a bucket, none of its rows is read.
 *
 * A row of the bucket index may outlive the rows that it was written for; it then leads to rows that do not fit.
 */
export function* listHistory(history: HistoryStatements, query: HistoryQuery): Steps<HistoryRow[]> {
  const { direction, from, limit, subjects } = query;
  const isUp = direction === 'up';
  if (subjects.length === 0) return isUp ? history.listUp(from, limit) : history.listDown(from, limit);
  const first = history.firstNumber();
  const last = history.lastNumber();
  if (first === undefined || last === undefined) return [];
  const found: HistoryRow[] = [];
  const step = isUp ? 1 : -1;
  const end = bucketOf(isUp ? last : first) + step;
  let looked = 0;
  for (
    let bucket = bucketOf(isUp ? Math.max(first, from + 1) : Math.min(last, from - 1));
    bucket !== end;
    bucket += step
  ) {
    if ((bucket - end) * step > 0) return found;
    looked += 1;
    if (looked % STEP_BUCKETS === 0) yield;
    if (!subjects.every((subject) => history.isInBucket(bucket, subject))) continue;
    for (const row of readBucket(history, bucket, query)) {
      const its = query.subjectsOf(JSON.parse(row.document));
      if (subjects.every((subject) => its.includes(subject))) found.push(row);
      if (found.length === limit) return found;
    }
    yield;
  }
  return found;
}

/** The rows of a bucket that the query has not passed yet, in its direction. */
function readBucket(
  history: HistoryStatements,
  bucket: number,
  { direction, from }: HistoryQuery,
): HistoryRow[] {
  const first = bucket * BUCKET_ROWS;
  if (direction === 'up') {
    const after = Math.max(from, first - 1);
    return history
      .listUp(after, first + BUCKET_ROWS - 1 - after)
      .filter(({ number }) => number < first + BUCKET_ROWS);
  }
  const before = Math.min(from, first + BUCKET_ROWS);
  return history.listDown(before, before - first).filter(({ number }) => number >= first);
}
