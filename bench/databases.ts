import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { findPostgres } from '../server/testing/find-postgres.ts';
import { RealPostgres } from '../server/testing/real-postgres.ts';

/** As a small server of its own is set up; what is written is on the disk, as in production. */
const SETTINGS = { shared_buffers: '512MB', max_connections: '100', max_wal_size: '4GB' } as const;

/**
 * Empty databases for the worlds of the bench: on the PostgreSQL that a person named, else on one that is started for this run alone.
 * They are dropped at the end.
 */
export class Databases implements AsyncDisposable {
  readonly #url: string;
  readonly #own: RealPostgres | undefined;
  readonly #made: string[] = [];

  private constructor(url: string, own?: RealPostgres) {
    this.#url = url;
    this.#own = own;
  }

  /** `url` names a database of a server on which databases may be made. A text says what is missing on this machine. */
  static async open(url: string | undefined): Promise<Databases | string> {
    if (url !== undefined) return new Databases(url);
    const found = findPostgres();
    if (typeof found === 'string') return `${found}; or name a server with --database`;
    const own = await RealPostgres.start({ settings: SETTINGS });
    return new Databases(own.url(), own);
  }

  /** Answers the URL of a new database. */
  async create(): Promise<string> {
    const name = `poolkeeper_bench_${randomBytes(6).toString('hex')}`;
    await this.#run(`create database ${name}`);
    this.#made.push(name);
    const url = new URL(this.#url);
    url.pathname = `/${name}`;
    return url.href;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#own !== undefined) return this.#own[Symbol.asyncDispose]();
    for (const name of this.#made) await this.#run(`drop database ${name} with (force)`);
  }

  async #run(statement: string): Promise<void> {
    const client = new Client({ connectionString: this.#url });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }
}
