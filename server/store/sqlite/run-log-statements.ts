import type { DatabaseSync } from 'node:sqlite';
import type { RunLogEnd, RunLogEntry, RunLogQuery } from '../run-log-contract.ts';

export type RunLogStatements = {
  insert(entry: RunLogEntry): void;
  read(query: RunLogQuery): RunLogEntry[];
  /** Entries of all runs behind the one of `after`, by run and number. */
  page(after: Pick<RunLogEntry, 'run' | 'seq'>, limit: number): RunLogEntry[];
  endOf(run: string): RunLogEnd;
  /** Removes those of the `limit` oldest entries that were written before the instant; answers how many. */
  removeBefore(instant: number, limit: number): number;
};

export function prepareRunLogStatements(db: DatabaseSync): RunLogStatements {
  // An append that is repeated, since its answer was lost, finds its rows there.
  const insert = db.prepare(
    `insert into run_log (run, seq, at, step, name, attempt, stream, total, text) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (run, seq) do nothing`,
  );
  const read = db.prepare(
    `select run, seq, at, step, name, attempt, stream, total, text from run_log
     where run = ? and seq > ? order by seq limit ?`,
  );
  const page = db.prepare(
    `select run, seq, at, step, name, attempt, stream, total, text from run_log
     where (run, seq) > (?, ?) order by run, seq limit ?`,
  );
  const endOf = db.prepare(`select seq, total from run_log where run = ? order by seq desc limit 1`);
  const removeBefore = db.prepare(
    `delete from run_log where number in (
       select number from (select number, at from run_log order by number limit ?) where at < ?)`,
  );
  return {
    insert: ({ run, seq, at, step, name, attempt, stream, total, text }) =>
      void insert.run(run, seq, at, step, name, attempt, stream, total, text),
    read: ({ run, after, limit }) =>
      read.all(run, after, limit).map((row) => ({ ...row })) as unknown as RunLogEntry[],
    page: (after, limit) =>
      page.all(after.run, after.seq, limit).map((row) => ({ ...row })) as unknown as RunLogEntry[],
    endOf: (run) => ({ seq: 0, total: 0, ...(endOf.get(run) as RunLogEnd | undefined) }),
    removeBefore: (instant, limit) => Number(removeBefore.run(limit, instant).changes),
  };
}
