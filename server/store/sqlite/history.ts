import type { EndedLeaseQuery, EventQuery } from '../contract.ts';
import type { EndedRow } from './ended-statements.ts';
import type { EventRow } from './event-statements.ts';
import type { Statements } from './statements.ts';
import { bucketOf, subjectsOfEvent } from './subjects.ts';

/** How many rows, or how many buckets without a hit, a query looks at before it lets commits pass. */
const STEP_ROWS = 500;
const STEP_BUCKETS = 64;

/** A query in steps: it yields between them, and returns what it found. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Leases that are over with numbers below `before`, the last ended first. */
export function* listEndedRows(
  { ended }: Statements,
  query: Pick<EndedLeaseQuery, 'holder' | 'pool' | 'limit'> & { before: number },
): Steps<EndedRow[]> {
  const subjects: string[] = [];
  if (query.holder !== undefined) subjects.push(`holder/${query.holder}`);
  if (query.pool !== undefined) subjects.push(`pool/${query.pool}`);
  const [first, second] = subjects;
  if (first === undefined) return ended.list(query.before, query.limit);
  if (second === undefined) return ended.listOfSubject(first, query.before, query.limit);
  const found: EndedRow[] = [];
  for (let before = query.before; ; ) {
    const rows = ended.listOfSubject(first, before, STEP_ROWS);
    for (const row of rows) {
      if (!ended.belongsTo(second, row.number)) continue;
      found.push(row);
      if (found.length === query.limit) return found;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < STEP_ROWS) return found;
    before = last.number;
    yield;
  }
}

/** Events above `query.after`, ascending, that belong to everything the query names. */
export function* listEventRows({ events }: Statements, query: EventQuery): Steps<EventRow[]> {
  const [first, ...others] = subjectsOfEvent(query);
  if (first === undefined) return events.list(query.after, query.limit);
  const firstSeq = events.firstSeq();
  const lastSeq = events.lastSeq();
  if (firstSeq === undefined || lastSeq === undefined) return [];
  const found: EventRow[] = [];
  let after = Math.max(query.after, firstSeq - 1);
  for (let bucket = bucketOf(after + 1), looked = 1; bucket <= bucketOf(lastSeq); looked += 1) {
    const wanted = others.length === 0 ? query.limit - found.length : STEP_ROWS;
    const rows = events.listOfSubject(bucket, first, after, wanted);
    for (const row of rows) {
      if (!others.every((subject) => events.belongsTo(bucket, subject, row.seq))) continue;
      found.push(row);
      if (found.length === query.limit) return found;
    }
    if (rows.length === wanted) after = rows.at(-1)?.seq ?? after;
    else bucket += 1;
    if (rows.length > 0 || looked % STEP_BUCKETS === 0) yield;
  }
  return found;
}
