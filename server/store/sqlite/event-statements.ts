import type { DatabaseSync } from 'node:sqlite';

/** An event as it stands in its table. */
export type EventRow = { readonly seq: number; readonly version: number; readonly document: string };

/** The statements on events. A subject is `pool/`, `resource/`, `lease/` or `holder/` and the name. */
export type EventStatements = {
  insert(row: EventRow): void;
  insertSubject(bucket: number, subject: string, seq: number): void;
  /** Numbers above `after`, ascending. */
  list(after: number, limit: number): EventRow[];
  /** The same within one bucket, for events that belong to `subject`. */
  listOfSubject(bucket: number, subject: string, after: number, limit: number): EventRow[];
  belongsTo(bucket: number, subject: string, seq: number): boolean;
  firstSeq(): number | undefined;
  lastSeq(): number | undefined;
  /** Removes the oldest events numbered below `seq`, at most `limit`; answers how many. */
  removeBelow(seq: number, limit: number): number;
  /** Removes entries of the subject index that stand in buckets below this one, at most `limit`; answers how many. */
  removeSubjectsBelow(bucket: number, limit: number): number;
};

export function prepareEventStatements(db: DatabaseSync): EventStatements {
  // A batch that is folded a second time, after a crash in between, finds its rows there.
  const insert = db.prepare(
    `insert into event (seq, document_version, document) values (?, ?, ?) on conflict (seq) do nothing`,
  );
  const insertSubject = db.prepare(
    `insert into event_subject (bucket, subject, event_seq) values (?, ?, ?)
     on conflict (bucket, subject, event_seq) do nothing`,
  );
  const list = db.prepare(
    `select seq, document_version, document from event where seq > ? order by seq limit ?`,
  );
  const listOfSubject = db.prepare(
    `select e.seq, e.document_version, e.document
     from event_subject s join event e on e.seq = s.event_seq
     where s.bucket = ? and s.subject = ? and s.event_seq > ? order by s.event_seq limit ?`,
  );
  const belongsTo = db.prepare(
    `select 1 from event_subject where bucket = ? and subject = ? and event_seq = ?`,
  );
  const firstSeq = db.prepare(`select min(seq) as seq from event`);
  const lastSeq = db.prepare(`select max(seq) as seq from event`);
  const removeBelow = db.prepare(
    `delete from event where seq in (select seq from event where seq < ? order by seq limit ?)`,
  );
  const removeSubjectsBelow = db.prepare(
    `delete from event_subject where (bucket, subject, event_seq) in (
       select bucket, subject, event_seq from event_subject
       where bucket < ? order by bucket, subject, event_seq limit ?)`,
  );
  return {
    insert: ({ seq, version, document }) => void insert.run(seq, version, document),
    insertSubject: (bucket, subject, seq) => void insertSubject.run(bucket, subject, seq),
    list: (after, limit) => asRows(list.all(after, limit)),
    listOfSubject: (bucket, subject, after, limit) => asRows(listOfSubject.all(bucket, subject, after, limit)),
    belongsTo: (bucket, subject, seq) => belongsTo.get(bucket, subject, seq) !== undefined,
    firstSeq: () => (firstSeq.get()?.['seq'] as number | null) ?? undefined,
    lastSeq: () => (lastSeq.get()?.['seq'] as number | null) ?? undefined,
    removeBelow: (seq, limit) => Number(removeBelow.run(seq, limit).changes),
    removeSubjectsBelow: (bucket, limit) => Number(removeSubjectsBelow.run(bucket, limit).changes),
  };
}

function asRows(rows: readonly Record<string, unknown>[]): EventRow[] {
  return rows.map((row) => ({
    seq: row['seq'] as number,
    version: row['document_version'] as number,
    document: row['document'] as string,
  }));
}
