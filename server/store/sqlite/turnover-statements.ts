import type { DatabaseSync } from 'node:sqlite';
import type { KnownKey, TurnoverQuery } from '../contract.ts';

/** A turnover as it stands in its table. */
type TurnoverRow = {
  readonly resource: string;
  readonly number: number;
  readonly version: number;
  readonly document: string;
};

export type TurnoverStatements = {
  insert(row: TurnoverRow): void;
  list(query: TurnoverQuery): Pick<TurnoverRow, 'version' | 'document'>[];
  /** Those of all resources behind the one of `after`, by resource and number. */
  page(after: Pick<TurnoverRow, 'resource' | 'number'>, limit: number): TurnoverRow[];
};

export function prepareTurnoverStatements(db: DatabaseSync): TurnoverStatements {
  // A batch that is folded a second time, after a crash in between, finds its rows there; what is there is never written over.
  const insert = db.prepare(
    `insert into turnover_record (resource, number, document_version, document) values (?, ?, ?, ?)
     on conflict (resource, number) do nothing`,
  );
  const list = db.prepare(
    `select document_version, document from turnover_record
     where resource = ? and number > ? order by number limit ?`,
  );
  const page = db.prepare(
    `select resource, number, document_version as version, document from turnover_record
     where (resource, number) > (?, ?) order by resource, number limit ?`,
  );
  return {
    page: (after, limit) =>
      page.all(after.resource, after.number, limit).map((row) => ({ ...row })) as unknown as TurnoverRow[],
    insert: ({ resource, number, version, document }) => void insert.run(resource, number, version, document),
    list: ({ resource, after = 0, limit }) =>
      list.all(resource, after, limit).map((row) => ({
        version: row['document_version'] as number,
        document: row['document'] as string,
      })),
  };
}

export type KeyStatements = {
  keep(key: KnownKey): void;
  list(): KnownKey[];
};

export function prepareKeyStatements(db: DatabaseSync): KeyStatements {
  const keep = db.prepare(
    `insert into signing_key (x, valid_from, valid_until) values (?, ?, ?)
     on conflict (x) do update set valid_from = excluded.valid_from, valid_until = excluded.valid_until`,
  );
  const list = db.prepare(`select x, valid_from, valid_until from signing_key order by valid_from, x`);
  return {
    keep: ({ x, validFrom, validUntil }) => void keep.run(x, validFrom, validUntil),
    list: () =>
      list.all().map((row) => ({
        x: row['x'] as string,
        validFrom: row['valid_from'] as number,
        validUntil: row['valid_until'] as number | null,
      })),
  };
}
