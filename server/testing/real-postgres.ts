import { execFile } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill, pid } from 'node:process';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { findPostgres } from './find-postgres.ts';
import type { PostgresPrograms } from './find-postgres.ts';
import { freePort } from './free-port.ts';
import { waitFor } from './wait-for.ts';

const run = promisify(execFile);
const COMMAND_MS_MAX = 60_000;
const FOLDER = 'pk-postgres-';
/** What is written is on the disk, as in production; the rest is small, since many of these run beside each other. */
const SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'on',
  shared_buffers: '64MB',
  max_connections: '60',
  wal_level: 'replica',
  max_wal_senders: '8',
  hot_standby: 'on',
  wal_keep_size: '64MB',
  wal_log_hints: 'on',
  // Five seconds otherwise, in which a promotion waits for nothing.
  wal_retrieve_retry_interval: '100ms',
  log_min_messages: 'warning',
};

export type PostgresOptions = {
  /** Lines for postgresql.conf, over those of every test. */
  readonly settings?: Readonly<Record<string, string>>;
};

/**
 * A real PostgreSQL server of this test process, on loopback, with data of its own that is gone afterwards. Anybody who reaches it is
 * its superuser `postgres`.
 */
export class RealPostgres implements AsyncDisposable {
  readonly port: number;
  /** The cluster's directory and everything beside it: belongs to the user that the server runs as. */
  readonly #folder: string;
  readonly #programs: PostgresPrograms;
  #databases = 0;

  private constructor(programs: PostgresPrograms, folder: string, port: number) {
    this.#programs = programs;
    this.#folder = folder;
    this.port = port;
  }

  /** A server with an empty cluster. Errors: what its programs say, with the end of its log. */
  static async start(options: PostgresOptions = {}): Promise<RealPostgres> {
    const server = await RealPostgres.#create();
    return await server.#begin(async () => {
      await server.#run(
        'initdb',
        '-D',
        server.#data,
        '-U',
        'postgres',
        '-A',
        'trust',
        '--no-sync',
        '--no-locale',
        '-E',
        'UTF8',
      );
      server.#configure(options.settings ?? {});
    });
  }

  /** A server that follows another one, as a hot standby; `name` is what `synchronous_standby_names` calls it. */
  static async startStandby(primary: RealPostgres, name: string): Promise<RealPostgres> {
    const server = await RealPostgres.#create();
    return await server.#begin(async () => {
      const source = `host=127.0.0.1 port=${primary.port} user=postgres application_name=${name}`;
      await server.#run(
        'pg_basebackup',
        '-d',
        source,
        '-D',
        server.#data,
        '-R',
        '-X',
        'stream',
        '-c',
        'fast',
        '--no-sync',
      );
      server.#configure({});
    });
  }

  static async #create(): Promise<RealPostgres> {
    const programs = findPostgres();
    if (typeof programs === 'string') throw new Error(programs);
    await endStaleServers();
    const folder = mkdtempSync(join(tmpdir(), `${FOLDER}${pid}-`));
    if (programs.user !== null) await run('chown', [programs.user, folder]);
    return new RealPostgres(programs, folder, await freePort());
  }

  async #begin(prepare: () => Promise<void>): Promise<RealPostgres> {
    try {
      await prepare();
      await this.startAgain();
      return this;
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** `database` of this server, as its superuser. */
  url(database = 'postgres'): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`;
  }

  /** A new empty database; answers its URL. */
  async createDatabase(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    await this.query(`create database ${name}`);
    return this.url(name);
  }

  /** Runs a statement on a connection of its own and answers its rows. */
  async query(statement: string, database = 'postgres'): Promise<readonly Record<string, unknown>[]> {
    return await this.withClient(
      database,
      async (client) => (await client.query(statement)).rows as Record<string, unknown>[],
    );
  }

  /** Does something on a connection of its own. */
  async withClient<T>(database: string, work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({
      connectionString: this.url(database),
      connectionTimeoutMillis: COMMAND_MS_MAX,
    });
    // A server that is killed breaks its connections whenever it likes.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /** Copies a schema into a new database with the tools that people back up with. Errors: that the database is there already. */
  async dump(input: { readonly schema: string; readonly from: string; readonly to: string }): Promise<void> {
    await this.query(`create database ${input.to}`);
    const file = join(this.#folder, `${input.to}.dump`);
    await this.#run('pg_dump', '-d', this.url(input.from), '-F', 'custom', '-n', input.schema, '-f', file);
    await this.#run('pg_restore', '-d', this.url(input.to), '--exit-on-error', file);
  }

  /** `fast` ends transactions and shuts down in order; `immediate` ends everything at once, and recovers at the next start. */
  async stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    await this.#run('pg_ctl', '-D', this.#data, '-w', '-m', mode, 'stop');
  }

  /** Starts the server that was stopped or killed, on the port that it had. */
  async startAgain(): Promise<void> {
    try {
      await this.#run('pg_ctl', '-D', this.#data, '-l', join(this.#folder, 'log'), '-w', 'start');
    } catch (error) {
      throw new Error(`PostgreSQL did not start:\n${this.log().slice(-2_000)}`, { cause: error });
    }
  }

  /** Ends every process of the server at once, as a machine does that loses its power; resolves when they are gone. */
  async kill(): Promise<void> {
    const processes = this.#processes();
    for (const each of processes) signal(each, 'SIGKILL');
    await waitFor('the processes of PostgreSQL to be gone', () => processes.every(isGone));
    // Process 1 of a container may reap late, and then the process that the file names seems to live.
    rmSync(join(this.#data, 'postmaster.pid'), { force: true });
    for (const name of readdirSync(this.#folder).filter((each) => each.startsWith('.s.PGSQL'))) {
      rmSync(join(this.#folder, name), { force: true });
    }
  }

  /** Halts every process of the server until `thaw`: connections stay, and nothing answers. */
  freeze(): void {
    for (const each of this.#processes()) signal(each, 'SIGSTOP');
  }

  thaw(): void {
    for (const each of this.#processes()) signal(each, 'SIGCONT');
  }

  /** Makes the standby a server of its own that takes writes. */
  async promote(): Promise<void> {
    await this.#run('pg_ctl', '-D', this.#data, '-w', 'promote');
  }

  /** What the server has to say. */
  log(): string {
    try {
      return readFileSync(join(this.#folder, 'log'), 'utf8');
    } catch {
      return '';
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  #configure(settings: Readonly<Record<string, string>>): void {
    const lines = Object.entries({
      ...SETTINGS,
      ...settings,
      listen_addresses: '127.0.0.1',
      port: String(this.port),
      unix_socket_directories: this.#folder,
    });
    appendFileSync(
      join(this.#data, 'postgresql.conf'),
      lines.map(([name, value]) => `${name} = '${value}'\n`).join(''),
    );
  }

  async #run(program: string, ...args: readonly string[]): Promise<void> {
    const { folder, user } = this.#programs;
    const line = [...(user === null ? [] : ['runuser', '-u', user, '--']), join(folder, program), ...args];
    // Whatever the environment says of a server, it is not this one.
    const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
    await run(line[0] ?? '', line.slice(1), {
      cwd: this.#folder,
      env: Object.fromEntries(environment),
      timeout: COMMAND_MS_MAX,
    });
  }

  /** The postmaster first: it would start others for those that end. Empty where none runs. */
  #processes(): readonly number[] {
    const postmaster = postmasterOf(this.#data);
    return postmaster === undefined ? [] : [postmaster, ...childrenOf(postmaster)];
  }
}

/** A test process that was killed leaves its servers behind; the next one ends them. */
async function endStaleServers(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const [, owner] = new RegExp(`^${FOLDER}(\\d+)-`).exec(name) ?? [];
    if (owner === undefined || !isGone(Number(owner))) continue;
    const folder = join(tmpdir(), name);
    const postmaster = postmasterOf(join(folder, 'data'));
    const processes = postmaster === undefined ? [] : [postmaster, ...childrenOf(postmaster)];
    for (const each of processes) signal(each, 'SIGKILL');
    await waitFor('an older PostgreSQL to be gone', () => processes.every(isGone));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The process that serves a directory; undefined where none does. */
function postmasterOf(data: string): number | undefined {
  try {
    const id = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    return readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(data) ? id : undefined;
  } catch {
    return undefined;
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && statusOf(Number(name))?.parent === parent)
    .map(Number);
}

/** Also of one that has ended and was not reaped yet. */
function isGone(id: number): boolean {
  const state = statusOf(id)?.state;
  return state === undefined || state === 'Z' || state === 'X';
}

function statusOf(id: number): { state: string; parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${id}/stat`, 'utf8');
    // The program's name, which may hold anything, stands in parentheses before these.
    const [state = '', parent = ''] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

function signal(id: number, name: NodeJS.Signals): void {
  try {
    kill(id, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
