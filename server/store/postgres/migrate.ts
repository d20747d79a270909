import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { StoreFailure } from '../contract.ts';

const MIGRATION_NAME = /^(\d{4})-[a-z0-9-]+[.]sql$/;
const migrationsDirectory = join(import.meta.dirname, 'migrations');
/** Of this database: "PLKR" in ASCII. */
const LOCK = 0x504c4b52;

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
 * Brings the schema to this release's version. Harmless when it is there already, and when several processes do it at once: each migration
 * is one transaction, which holds a lock of the database and first looks whether it is still wanted.
 *
 * Errors: `StoreFailure` where a newer release wrote the schema, or another program has one of its name; nothing is changed then.
 */
export async function migrate(client: Client): Promise<void> {
  const migrations = readMigrations();
  let found = await findVersion(client);
  if (found > migrations.length) {
    throw new StoreFailure(
      `The database has schema version ${found}, this release knows ${migrations.length}. Use the release that wrote it, or a newer one.`,
    );
  }
  for (const migration of migrations.slice(found)) {
    found = await inTransaction(client, () => apply(client, migration));
  }
}

/** The version of the schema in a database, 0 where there is none, and the one that this release writes. Errors: as `migrate`. */
export async function readMigrationVersions(
  client: Client,
): Promise<{ readonly found: number; readonly latest: number }> {
  return { found: await findVersion(client), latest: readMigrations().length };
}

async function apply(client: Client, { version, sql }: Migration): Promise<number> {
  await client.query(`select pg_advisory_xact_lock(${LOCK})`);
  const found = await findVersion(client);
  if (found >= version) return found;
  if (found === 0) {
    await client.query(
      `create schema if not exists poolkeeper;
       create table poolkeeper.schema_version (version integer primary key, applied_at timestamptz not null default now())`,
    );
  }
  await client.query(sql);
  await client.query('insert into poolkeeper.schema_version (version) values ($1)', [version]);
  return version;
}

/** 0 where there is nothing of ours yet. */
async function findVersion(client: Client): Promise<number> {
  const { rows } = await client.query<{ tables: number; versions: string | null }>(
    `select (select count(*)::int from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'poolkeeper') as tables,
       to_regclass('poolkeeper.schema_version')::text as versions`,
  );
  if (rows[0]?.versions === null) {
    if (rows[0].tables === 0) return 0;
    throw new StoreFailure(
      'The database has a schema poolkeeper that another program made. Use another database.',
    );
  }
  const answer = await client.query<{ version: number | null }>(
    'select max(version) as version from poolkeeper.schema_version',
  );
  return answer.rows[0]?.version ?? 0;
}

/** Everything or nothing; what failed is rolled back before it is told. */
async function inTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const answer = await work();
    await client.query('commit');
    return answer;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
