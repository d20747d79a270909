import type { RunDatabase } from './run-database.ts';

/** A term that began after a batch, or a batch that was written under a term. `at` is milliseconds UTC by the database. */
export type Turn = { readonly term: number; readonly batch: number; readonly at: number };

/**
 * Has the database itself write down under which term each batch came, in the transaction that wrote it and under its locks: so the
 * order of these lines is the order of the commits.
 */
const INSTALL = `
  create schema witness;
  create table witness.turn (
    id bigint generated always as identity primary key,
    term bigint not null,
    batch bigint not null,
    at timestamptz not null default clock_timestamp()
  );
  create function witness.note_batch() returns trigger language plpgsql as $$
  begin
    insert into witness.turn (term, batch) values (new.term, new.batch);
    return null;
  end $$;
  create trigger witness after update of batch on poolkeeper.world for each row
    execute function witness.note_batch();
  create function witness.note_term() returns trigger language plpgsql as $$
  begin
    insert into witness.turn (term, batch) values (new.term, new.after_batch);
    return null;
  end $$;
  create trigger witness after insert on poolkeeper.term for each row
    execute function witness.note_term();
`;

/** Errors: those of the database; also where no replica has made its tables yet. */
export async function installTurnLog(database: RunDatabase): Promise<void> {
  await database.query(INSTALL);
}

/** Every turn since, in the order of the commits. */
export async function readTurns(database: RunDatabase): Promise<Turn[]> {
  const rows = await database.query('select term, batch, at from witness.turn order by id');
  return rows.map(({ term, batch, at }) => ({
    term: Number(term),
    batch: Number(batch),
    at: (at as Date).getTime(),
  }));
}
