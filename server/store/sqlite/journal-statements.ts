import type { DatabaseSync } from 'node:sqlite';
import type { WorldMeta } from '@poolkeeper/core';

/** One committed batch that is not folded yet. */
export type JournalRow = {
  readonly number: number;
  readonly version: number;
  /** How many leases had ended before this batch; numbers the ones that end in it. */
  readonly endedBefore: number;
  /** The same of runs. */
  readonly runsBefore: number;
  readonly body: string;
};

/** The statements on the journal and on the one row of the world. */
export type JournalStatements = {
  /** Writes the row if `term` is the writer's; answers whether it was. */
  append(row: JournalRow, term: number): boolean;
  readAll(): JournalRow[];
  /** Drops the rows from the lowest number up to `last`. */
  drop(last: number): void;
  /** Raises the term and answers it. */
  raiseTerm(): number;
  readMeta(): WorldMeta;
  writeMeta(meta: WorldMeta): void;
};

export function prepareJournalStatements(db: DatabaseSync): JournalStatements {
  const append = db.prepare(
    `insert into journal (number, document_version, ended_before, runs_before, body)
     select ?, ?, ?, ?, ? from world where id = 1 and term = ?`,
  );
  const readAll = db.prepare(
    `select number, document_version, ended_before, runs_before, body from journal order by number`,
  );
  const drop = db.prepare(`delete from journal where number <= ?`);
  const raiseTerm = db.prepare(`update world set term = term + 1 where id = 1 returning term`);
  const readMeta = db.prepare(`select instant, event_seq, lease_seq from world where id = 1`);
  const writeMeta = db.prepare(`update world set instant = ?, event_seq = ?, lease_seq = ? where id = 1`);
  return {
    append: ({ number, version, endedBefore, runsBefore, body }, term) =>
      append.run(number, version, endedBefore, runsBefore, body, term).changes === 1,
    readAll: () =>
      readAll.all().map((row) => ({
        number: row['number'] as number,
        version: row['document_version'] as number,
        endedBefore: row['ended_before'] as number,
        runsBefore: row['runs_before'] as number,
        body: row['body'] as string,
      })),
    drop: (last) => void drop.run(last),
    raiseTerm: () => raiseTerm.get()?.['term'] as number,
    readMeta: () => {
      const row = readMeta.get();
      return {
        instant: row?.['instant'] as number,
        eventSeq: row?.['event_seq'] as number,
        leaseSeq: row?.['lease_seq'] as number,
      };
    },
    writeMeta: ({ instant, eventSeq, leaseSeq }) => void writeMeta.run(instant, eventSeq, leaseSeq),
  };
}
