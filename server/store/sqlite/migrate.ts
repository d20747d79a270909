import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { StoreFailure } from '../contract.ts';
import { inTransaction } from './transaction.ts';

/** Marks a database file as ours: "PLKR" in ASCII. */
const APPLICATION_ID = 0x504c4b52;
const MIGRATION_NAME = /^(\d{4})-[a-z0-9-]+[.]sql$/;
const migrationsDirectory = join(import.meta.dirname, 'migrations');

type Migration = { readonly version: number; readonly sql: string };

/** The migrations in the order of their numbers, which have no gaps. */
function readMigrations(): Migration[] {
  const names = readdirSync(migrationsDirectory).toSorted();
  return names.map((name, index) => {
    const version = Number(MIGRATION_NAME.exec(name)?.[1]);
    if (version !== index + 1) throw new Error(`migration ${name} should be number ${index + 1}`);
    return { version, sql: readFileSync(join(migrationsDirectory, name), 'utf8') };
  });
}

/**
 * Refuses a file that this release cannot use, without writing to it: another program's, or a newer release's.
 *
 * Errors: `StoreFailure`; SQLite's own when the file is damaged.
 */
export function requireOurDatabase(db: DatabaseSync): void {
  const latest = readMigrations().length;
  const version = readPragma(db, 'user_version');
  const isNew = version === 0 && readPragma(db, 'schema_version') === 0;
  if (!isNew && readPragma(db, 'application_id') !== APPLICATION_ID) {
    throw new StoreFailure('The database file belongs to another program. Use another data directory.');
  }
  if (version > latest) {
    throw new StoreFailure(
      `The database has schema version ${version}, this release knows ${latest}. Use the release that wrote it, or a newer one.`,
    );
  }
}

/** The version of the schema in a database, and the one that this release writes. */
export function readSchemaVersions(db: DatabaseSync): { readonly found: number; readonly latest: number } {
  return { found: readPragma(db, 'user_version'), latest: readMigrations().length };
}

/**
 * Brings the schema to this release's version. Harmless when it is there already, and when two do it at once: each migration
 * is one transaction, which first looks whether it is still wanted.
 */
export function migrate(db: DatabaseSync): void {
  requireOurDatabase(db);
  for (const { version, sql } of readMigrations()) {
    if (readPragma(db, 'user_version') >= version) continue;
    inTransaction(db, () => {
      if (readPragma(db, 'user_version') >= version) return;
      db.exec(sql);
      db.exec(`pragma application_id = ${APPLICATION_ID}`);
      db.exec(`pragma user_version = ${version}`);
    });
  }
}

function readPragma(db: DatabaseSync, name: 'user_version' | 'application_id' | 'schema_version'): number {
  return db.prepare(`pragma ${name}`).get()?.[name] as number;
}
