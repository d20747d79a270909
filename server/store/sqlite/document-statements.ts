import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DocumentKind } from '@poolkeeper/core';

/** One live document as it stands in its table. */
export type DocumentRow = { readonly id: string; readonly version: number; readonly document: string };

/** The statements on the table of one kind of live document. */
export type DocumentStatements = {
  upsert(row: DocumentRow): void;
  remove(id: string): void;
  /** The rows with ids above `after`, ascending, at most `limit`. */
  page(after: string, limit: number): DocumentRow[];
};

/** Every kind has a table of its name; none can be left out. */
const TABLES: Record<DocumentKind, string> = {
  provider: 'provider',
  secret: 'secret',
  profile: 'profile',
  workflow: 'workflow',
  webhook: 'webhook',
  upkeep: 'upkeep',
  pool: 'pool',
  token: 'token',
  resource: 'resource',
  run: 'run',
  job: 'job',
  leak: 'leak',
  lease: 'lease',
  receipt: 'receipt',
  credential: 'credential',
  waiter: 'waiter',
};

export function prepareDocumentStatements(db: DatabaseSync): Record<DocumentKind, DocumentStatements> {
  const kinds = Object.keys(TABLES) as DocumentKind[];
  return Object.fromEntries(kinds.map((kind) => [kind, prepareKind(db, TABLES[kind])])) as Record<
    DocumentKind,
    DocumentStatements
  >;
}

function prepareKind(db: DatabaseSync, table: string): DocumentStatements {
  const upsert: StatementSync = db.prepare(
    `insert into ${table} (id, document_version, document) values (?, ?, ?)
     on conflict (id) do update set document_version = excluded.document_version, document = excluded.document`,
  );
  const remove = db.prepare(`delete from ${table} where id = ?`);
  const page = db.prepare(
    `select id, document_version, document from ${table} where id > ? order by id limit ?`,
  );
  page.setReturnArrays(true);
  return {
    upsert: ({ id, version, document }) => void upsert.run(id, version, document),
    remove: (id) => void remove.run(id),
    page: (after, limit) =>
      (page.all(after, limit) as unknown as [string, number, string][]).map(([id, version, document]) => ({
        id,
        version,
        document,
      })),
  };
}
