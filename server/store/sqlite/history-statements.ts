import type { DatabaseSync } from 'node:sqlite';

/** A row of history: an event under its `seq`, or a lease or run that is over under its number. */
export type HistoryRow = { readonly number: number; readonly version: number; readonly document: string };

/** The statements that all histories have. A bucket is a run of numbers; its index says which subjects occur in it. */
export type HistoryStatements = {
  /** Rows with numbers above `after`, ascending. */
  listUp(after: number, limit: number): HistoryRow[];
  /** Rows with numbers below `before`, descending. */
  listDown(before: number, limit: number): HistoryRow[];
  firstNumber(): number | undefined;
  lastNumber(): number | undefined;
  addToBucket(bucket: number, subject: string): void;
  isInBucket(bucket: number, subject: string): boolean;
  /** Forgets what occurs in buckets below this one, at most `limit` entries; answers how many. */
  removeBucketsBelow(bucket: number, limit: number): number;
};

export type EventStatements = HistoryStatements & {
  insert(row: HistoryRow): void;
  /** Removes the oldest events numbered below `seq`, at most `limit`; answers how many. */
  removeBelow(seq: number, limit: number): number;
};

export type EndedStatements = HistoryStatements & {
  insert(row: HistoryRow & { readonly id: string; readonly endedAt: number }): void;
  find(id: string): HistoryRow | undefined;
  /** Removes those of the `limit` oldest that ended before the instant; answers how many. */
  removeEndedBefore(instant: number, limit: number): number;
};

export function prepareEventStatements(db: DatabaseSync): EventStatements {
  // A batch that is folded a second time, after a crash in between, finds its rows there.
  const insert = db.prepare(
    `insert into event (seq, document_version, document) values (?, ?, ?) on conflict (seq) do nothing`,
  );
  const removeBelow = db.prepare(
    `delete from event where seq in (select seq from event where seq < ? order by seq limit ?)`,
  );
  return {
    ...prepareHistory(db, { table: 'event', number: 'seq', buckets: 'event_bucket' }),
    insert: ({ number, version, document }) => void insert.run(number, version, document),
    removeBelow: (seq, limit) => Number(removeBelow.run(seq, limit).changes),
  };
}

/** Of leases, or of runs: their tables are alike. */
export function prepareEndedStatements(
  db: DatabaseSync,
  table: 'ended_lease' | 'ended_run',
): EndedStatements {
  const insert = db.prepare(
    `insert into ${table} (number, id, ended_at, document_version, document) values (?, ?, ?, ?, ?)
     on conflict (number) do nothing`,
  );
  const find = db.prepare(`select number, document_version, document from ${table} where id = ?`);
  find.setReturnArrays(true);
  const removeEndedBefore = db.prepare(
    `delete from ${table} where number in (
       select number from (select number, ended_at from ${table} order by number limit ?) where ended_at < ?)`,
  );
  return {
    ...prepareHistory(db, { table, number: 'number', buckets: `${table}_bucket` }),
    insert: ({ number, id, endedAt, version, document }) =>
      void insert.run(number, id, endedAt, version, document),
    find: (id) => asRows(find.all(id))[0],
    removeEndedBefore: (instant, limit) => Number(removeEndedBefore.run(limit, instant).changes),
  };
}

function prepareHistory(
  db: DatabaseSync,
  { table, number, buckets }: { table: string; number: string; buckets: string },
): HistoryStatements {
  const listUp = db.prepare(
    `select ${number}, document_version, document from ${table} where ${number} > ? order by ${number} limit ?`,
  );
  const listDown = db.prepare(
    `select ${number}, document_version, document from ${table} where ${number} < ? order by ${number} desc limit ?`,
  );
  listUp.setReturnArrays(true);
  listDown.setReturnArrays(true);
  const firstNumber = db.prepare(`select min(${number}) as number from ${table}`);
  const lastNumber = db.prepare(`select max(${number}) as number from ${table}`);
  const addToBucket = db.prepare(
    `insert into ${buckets} (bucket, subject) values (?, ?) on conflict (bucket, subject) do nothing`,
  );
  const isInBucket = db.prepare(`select 1 as found from ${buckets} where bucket = ? and subject = ?`);
  const removeBucketsBelow = db.prepare(
    `delete from ${buckets} where (bucket, subject) in (
       select bucket, subject from ${buckets} where bucket < ? order by bucket, subject limit ?)`,
  );
  return {
    listUp: (after, limit) => asRows(listUp.all(after, limit)),
    listDown: (before, limit) => asRows(listDown.all(before, limit)),
    firstNumber: () => (firstNumber.get()?.['number'] as number | null) ?? undefined,
    lastNumber: () => (lastNumber.get()?.['number'] as number | null) ?? undefined,
    addToBucket: (bucket, subject) => void addToBucket.run(bucket, subject),
    isInBucket: (bucket, subject) => isInBucket.get(bucket, subject) !== undefined,
    removeBucketsBelow: (bucket, limit) => Number(removeBucketsBelow.run(bucket, limit).changes),
  };
}

/** The rows of statements that answer with arrays of number, version and document. */
function asRows(rows: unknown): HistoryRow[] {
  return (rows as [number, number, string][]).map(([number, version, document]) => ({
    number,
    version,
    document,
  }));
}
