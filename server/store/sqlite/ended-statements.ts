import type { DatabaseSync } from 'node:sqlite';

/** A lease that is over, as it stands in its table. */
export type EndedRow = { readonly number: number; readonly version: number; readonly document: string };

/** The statements on leases that are over. A subject is `holder/` or `pool/` and the name. */
export type EndedStatements = {
  insert(row: EndedRow & { readonly id: string; readonly endedAt: number }): void;
  insertSubject(subject: string, number: number): void;
  find(id: string): EndedRow | undefined;
  /** Numbers below `before`, descending. */
  list(before: number, limit: number): EndedRow[];
  listOfSubject(subject: string, before: number, limit: number): EndedRow[];
  belongsTo(subject: string, number: number): boolean;
  lastNumber(): number;
  /** Numbers and subjects of the oldest leases that ended before an instant. */
  oldest(endedBefore: number, limit: number): EndedRow[];
  remove(number: number): void;
  removeSubject(subject: string, number: number): void;
};

export function prepareEndedStatements(db: DatabaseSync): EndedStatements {
  // A batch that is folded a second time, after a crash in between, finds its rows there.
  const insert = db.prepare(
    `insert into ended_lease (number, id, ended_at, document_version, document) values (?, ?, ?, ?, ?)
     on conflict (number) do nothing`,
  );
  const insertSubject = db.prepare(
    `insert into ended_lease_subject (subject, number) values (?, ?) on conflict (subject, number) do nothing`,
  );
  const find = db.prepare(`select number, document_version, document from ended_lease where id = ?`);
  const list = db.prepare(
    `select number, document_version, document from ended_lease where number < ? order by number desc limit ?`,
  );
  const listOfSubject = db.prepare(
    `select l.number, l.document_version, l.document
     from ended_lease_subject s join ended_lease l on l.number = s.number
     where s.subject = ? and s.number < ? order by s.number desc limit ?`,
  );
  const belongsTo = db.prepare(`select 1 from ended_lease_subject where subject = ? and number = ?`);
  const lastNumber = db.prepare(`select coalesce(max(number), 0) as number from ended_lease`);
  const oldest = db.prepare(
    `select number, document_version, document
     from (select number, ended_at, document_version, document from ended_lease order by number limit ?)
     where ended_at < ? order by number`,
  );
  const remove = db.prepare(`delete from ended_lease where number = ?`);
  const removeSubject = db.prepare(`delete from ended_lease_subject where subject = ? and number = ?`);
  return {
    insert: ({ number, id, endedAt, version, document }) => void insert.run(number, id, endedAt, version, document),
    insertSubject: (subject, number) => void insertSubject.run(subject, number),
    find: (id) => asRows([find.get(id)])[0],
    list: (before, limit) => asRows(list.all(before, limit)),
    listOfSubject: (subject, before, limit) => asRows(listOfSubject.all(subject, before, limit)),
    belongsTo: (subject, number) => belongsTo.get(subject, number) !== undefined,
    lastNumber: () => lastNumber.get()?.['number'] as number,
    oldest: (endedBefore, limit) => asRows(oldest.all(limit, endedBefore)),
    remove: (number) => void remove.run(number),
    removeSubject: (subject, number) => void removeSubject.run(subject, number),
  };
}

function asRows(rows: readonly (Record<string, unknown> | undefined)[]): EndedRow[] {
  return rows
    .filter((row) => row !== undefined)
    .map((row) => ({
      number: row['number'] as number,
      version: row['document_version'] as number,
      document: row['document'] as string,
    }));
}
