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
  if (limit <= 0) return [];
  if (subjects.length === 0) {
    return direction === 'up' ? history.listUp(from, limit) : history.listDown(from, limit);
  }
  const first = history.firstNumber();
  const last = history.lastNumber();
  if (first === undefined || last === undefined) return [];
  // As they stand in the text of a document, so that few documents have to be parsed.
  const names = subjects.map((subject) => JSON.stringify(subject.slice(subject.indexOf('/') + 1)));
  const found: HistoryRow[] = [];
  let looked = 0;
  for (const bucket of bucketsOf(query, first, last)) {
    looked += 1;
    if (looked % STEP_BUCKETS === 0) yield;
    if (!subjects.every((subject) => history.isInBucket(bucket, subject))) continue;
    for (const row of readBucket(history, bucket, query)) {
      if (!names.every((name) => row.document.includes(name))) continue;
      const its = query.subjectsOf(JSON.parse(row.document));
      if (subjects.every((subject) => its.includes(subject))) found.push(row);
      if (found.length === limit) return found;
    }
    yield;
  }
  return found;
}

/** The buckets that the query has to look at, in its direction. */
function* bucketsOf({ direction, from }: HistoryQuery, first: number, last: number): Iterable<number> {
  const lowest = bucketOf(direction === 'up' ? Math.max(first, from + 1) : first);
  const highest = bucketOf(direction === 'up' ? last : Math.min(last, from - 1));
  for (let passed = 0; passed <= highest - lowest; passed += 1) {
    yield direction === 'up' ? lowest + passed : highest - passed;
  }
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
