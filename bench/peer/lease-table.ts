import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import type { PoolClient } from 'pg';

/**
 * How most services lend: a table of resources, a table of leases, and a transaction of the database for each acquire and release.
 *
 * `transaction`: its statements one after another, with a lock on the resource in between. `statement`: all of it as one statement,
 * so that there is one round trip.
 */
export type PeerMode = 'transaction' | 'statement';

export type Wanted = { readonly pool: string; readonly arch: string; readonly holder: string };
export type Lent = { readonly id: string; readonly resource: string };

const LEASE_SECONDS = 3_600;

const TABLES = `
  create table resource (
    id bigint primary key generated always as identity,
    pool text not null, name text not null, arch text not null, zone text not null,
    lease uuid
  ) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
  create unique index resource_name on resource (pool, name);
  create index resource_free on resource (pool, arch) where lease is null;
  create table lease (
    id uuid primary key, resource bigint not null references resource, holder text not null,
    granted_at timestamptz not null default now(), expires_at timestamptz not null, ended_at timestamptz
  );
  create index lease_due on lease (expires_at) where ended_at is null;`;

const FIND_FREE = `select id, name from resource where pool = $1 and arch = $2 and lease is null limit 1 for update skip locked`;

/** Every statement is prepared once for each connection. */
const STATEMENTS = {
  find: FIND_FREE,
  lend: `insert into lease (id, resource, holder, expires_at) values ($1, $2, $3, now() + ${LEASE_SECONDS} * interval '1 second')`,
  take: 'update resource set lease = $1 where id = $2',
  end: 'update lease set ended_at = now() where id = $1 and ended_at is null returning resource',
  free: 'update resource set lease = null where id = $1',
  acquire: `
    with free as (${FIND_FREE}),
      lent as (insert into lease (id, resource, holder, expires_at)
        select $3::uuid, id, $4, now() + ${LEASE_SECONDS} * interval '1 second' from free returning resource)
    update resource set lease = $3::uuid from lent where resource.id = lent.resource returning resource.name`,
  release: `
    with over as (update lease set ended_at = now() where id = $1 and ended_at is null returning resource)
    update resource set lease = null from over where resource.id = over.resource returning resource.id`,
} as const;

export class LeaseTable implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #mode: PeerMode;

  constructor(input: { readonly url: string; readonly mode: PeerMode; readonly connections: number }) {
    this.#pool = new Pool({ connectionString: input.url, max: input.connections });
    this.#mode = input.mode;
  }

  /** Makes the tables, with resources as the bench gives them to our own pools. */
  static async fill(url: string, pool: string, resources: number): Promise<void> {
    const filling = new Pool({ connectionString: url, max: 1 });
    try {
      await filling.query(TABLES);
      await filling.query(
        `insert into resource (pool, name, arch, zone)
          select $1, 'machine-' || n, (array['amd64', 'arm64'])[n % 2 + 1], (array['a', 'b', 'c', 'd'])[n / 2 % 4 + 1]
          from generate_series(0, $2::int - 1) n`,
        [pool, resources],
      );
      await filling.query('vacuum analyze resource');
    } finally {
      await filling.end();
    }
  }

  /** Undefined: nothing is free. */
  async acquire({ pool, arch, holder }: Wanted): Promise<Lent | undefined> {
    const id = randomUUID();
    if (this.#mode === 'statement') {
      const { rows } = await this.#pool.query<{ name: string }>(
        prepared('acquire', [pool, arch, id, holder]),
      );
      return rows[0] && { id, resource: rows[0].name };
    }
    return await this.#inTransaction(async (client) => {
      const { rows } = await client.query<{ id: string; name: string }>(prepared('find', [pool, arch]));
      const [found] = rows;
      if (found === undefined) return undefined;
      await client.query(prepared('lend', [id, found.id, holder]));
      await client.query(prepared('take', [id, found.id]));
      return { id, resource: found.name };
    });
  }

  /** Answers false for a lease that is none, or over. */
  async release(id: string): Promise<boolean> {
    if (this.#mode === 'statement')
      return (await this.#pool.query(prepared('release', [id]))).rows.length === 1;
    return await this.#inTransaction(async (client) => {
      const { rows } = await client.query<{ resource: string }>(prepared('end', [id]));
      const [over] = rows;
      if (over === undefined) return false;
      await client.query(prepared('free', [over.resource]));
      return true;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end();
  }

  async #inTransaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    try {
      await client.query('begin');
      const done = await work(client);
      await client.query('commit');
      client.release();
      return done;
    } catch (error) {
      // A connection on which something went wrong is not used again.
      client.release(true);
      throw error;
    }
  }
}

function prepared(name: keyof typeof STATEMENTS, values: readonly unknown[]) {
  return { name, text: STATEMENTS[name], values: [...values] };
}
