import type { Client } from 'pg';
import { connect } from './store/postgres/connect.ts';
import { readMigrationVersions } from './store/postgres/migrate.ts';
import { readTarget } from './store/postgres/target.ts';
import type { Host, Target } from './store/postgres/target.ts';
import { systemClock, systemTimers } from './system-clock.ts';

/** How one host of a database answers. */
export type HostState = {
  readonly host: string;
  readonly state: 'primary' | 'standby' | Error;
};

/** How a database stands, seen from outside: nothing is written. */
export type DatabaseState = {
  /** For people: without a password. */
  readonly name: string;
  readonly hosts: readonly HostState[];
  /** Of the host that takes writes; undefined where there is none. */
  readonly primary: PrimaryState | undefined;
};

export type PrimaryState = {
  /** As `server_version` has it. */
  readonly version: string;
  /** May this user make our tables, or use those that are there? */
  readonly mayWrite: boolean;
  /** Of our schema: what is there, 0 where there is none, and what this release writes. */
  readonly found: number;
  readonly latest: number;
  /** How far the clock of this machine is ahead of the database's, in milliseconds, give or take `skewErrorMs`. */
  readonly skewMs: number;
  readonly skewErrorMs: number;
  /** Connections that are left for users without special rights. */
  readonly connectionsLeft: number;
  /** Settings that durability hangs on, as the database says them. */
  readonly settings: Readonly<Record<DurabilitySetting, string>>;
};

const DURABILITY_SETTINGS = [
  'fsync',
  'full_page_writes',
  'synchronous_commit',
  'synchronous_standby_names',
] as const;
export type DurabilitySetting = (typeof DURABILITY_SETTINGS)[number];

/** Errors: `StoreFailure` for a URL that cannot be read. */
export async function inspectDatabase(
  url: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<DatabaseState> {
  const target = readTarget(url, { ...environment });
  const hosts: HostState[] = [];
  let primary: PrimaryState | undefined;
  for (const host of target.hosts) {
    const { state, found } = await inspectHost(target, host);
    hosts.push({ host: `${host.host}:${host.port}`, state });
    primary ??= found;
  }
  return { name: target.name, hosts, primary };
}

async function inspectHost(
  target: Target,
  host: Host,
): Promise<{ state: HostState['state']; found?: PrimaryState }> {
  try {
    const alone = { ...target, hosts: [host] };
    const { client, cut } = await connect({
      target: alone,
      timers: systemTimers,
      name: 'poolkeeper doctor',
      first: 0,
    });
    try {
      return { state: 'primary', found: await inspectPrimary(client) };
    } finally {
      cut();
    }
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    return { state: failure.message.includes('it is a standby') ? 'standby' : failure };
  }
}

async function inspectPrimary(client: Client): Promise<PrimaryState> {
  const sentAt = systemClock.now();
  const clock = await client.query<{ now: number }>(
    'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now',
  );
  const heardAt = systemClock.now();
  const { rows } = await client.query<{
    version: string;
    may_write: boolean;
    left: number;
    settings: Record<DurabilitySetting, string>;
  }>(
    `select current_setting('server_version') as version,
       case when to_regnamespace('poolkeeper') is null then has_database_privilege(current_database(), 'create')
         else has_schema_privilege('poolkeeper', 'usage') and has_schema_privilege('poolkeeper', 'create') end as may_write,
       (current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - (select count(*) from pg_stat_activity where backend_type = 'client backend'))::int as left,
       (select json_object_agg(name, reset_val) from pg_settings where name = any($1)) as settings`,
    [DURABILITY_SETTINGS],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the database answered nothing');
  return {
    version: row.version,
    mayWrite: row.may_write,
    ...(await readMigrationVersions(client)),
    // Somewhere between the two instants the database read its clock.
    skewMs: Math.round((sentAt + heardAt) / 2 - (clock.rows[0]?.now ?? 0)),
    skewErrorMs: Math.ceil((heardAt - sentAt) / 2),
    connectionsLeft: row.left,
    settings: row.settings,
  };
}
