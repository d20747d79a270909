import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RealPostgres } from '../../server/testing/real-postgres.ts';
import { CliProcess, eventually } from './cli-process.ts';

/** Several processes start at once, on a machine that may be busy. Milliseconds. */
export const START_MS_MAX = 60_000;
const MASTER_KEY = 'ab'.repeat(32);
export const TOKEN = 'pk_the_admin_of_these_tests';

/** One of several replicas, in a process and a folder of its own. */
export type RealReplica = { readonly name: string; readonly url: string; readonly process: CliProcess };

export type Answer = { readonly status: number; readonly body: Record<string, unknown> };

/** Replicas of one world, each a real process, on a real PostgreSQL. */
export class RealReplicas implements AsyncDisposable {
  readonly folder: string;
  readonly postgres: RealPostgres;
  readonly running = new Map<string, RealReplica>();
  readonly #database: string;

  private constructor(folder: string, postgres: RealPostgres, database: string) {
    this.folder = folder;
    this.postgres = postgres;
    this.#database = database;
  }

  static async start(configuration: string, names: readonly string[]): Promise<RealReplicas> {
    const postgres = await RealPostgres.start();
    const folder = mkdtempSync(join(tmpdir(), 'poolkeeper-replicas-'));
    writeFileSync(join(folder, 'poolkeeper.yaml'), configuration);
    writeFileSync(join(folder, 'true.sh'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    const replicas = new RealReplicas(folder, postgres, await postgres.createDatabase());
    try {
      await Promise.all(names.map((name) => replicas.startOne(name)));
      return replicas;
    } catch (error) {
      await replicas[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What every replica is told. */
  env(name: string): Record<string, string> {
    return {
      POOLKEEPER_DATABASE: this.#database,
      POOLKEEPER_MASTER_KEY: MASTER_KEY,
      POOLKEEPER_CLUSTER_SECRET: 'a secret of these replicas',
      POOLKEEPER_ADMIN_TOKEN: TOKEN,
      POOLKEEPER_REPLICA_NAME: name,
      POOLKEEPER_CLUSTER_LISTEN: '127.0.0.1:0',
      POOLKEEPER_LISTEN: '127.0.0.1:0',
      POOLKEEPER_CONFIG: 'poolkeeper.yaml',
      POOLKEEPER_DATA: join(this.folder, name),
    };
  }

  async startOne(name: string): Promise<RealReplica> {
    mkdirSync(join(this.folder, name), { recursive: true });
    const child = new CliProcess(['serve'], { cwd: this.folder, env: this.env(name) });
    await eventually(async () => {
      if (child.child.exitCode !== null) throw new Error(`replica ${name} did not start:\n${child.stderr}`);
      return child.stdout.includes('Poolkeeper listens at') ? true : undefined;
    }, START_MS_MAX);
    const file = readFileSync(join(this.folder, name, 'server.json'), 'utf8');
    const { url } = JSON.parse(file) as { url: string };
    const replica = { name, url, process: child };
    this.running.set(name, replica);
    return replica;
  }

  /** Who keeps the world, and who follows, as the replicas say; waits until they agree. */
  async roles(): Promise<{ readonly keeper: RealReplica; readonly followers: readonly RealReplica[] }> {
    return eventually(async () => {
      const all = [...this.running.values()];
      const told = await Promise.all(all.map(({ url }) => ask(`${url}/v1/cluster`).catch(() => undefined)));
      const names = new Set(told.map((answer) => keeperOf(answer?.body)));
      const [name] = names;
      const keeper = this.running.get(name ?? '');
      if (names.size > 1 || keeper === undefined) return undefined;
      return { keeper, followers: all.filter((one) => one !== keeper) };
    });
  }

  /** Sends a signal; the replica counts no longer. Resolves when it ended. */
  async end({ name, process }: RealReplica, signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    this.running.delete(name);
    process.child.kill(signal);
    return process.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.running.values()].map((replica) => this.end(replica, 'SIGKILL')));
    await this.postgres[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function keeperOf(body: Record<string, unknown> | undefined): string | undefined {
  return (body?.['keeper'] as { name?: string } | null | undefined)?.name;
}

/** One request of an admin, sent once. Errors: those of the connection. */
export async function ask(
  url: string,
  {
    method = 'GET',
    body,
    headers = {},
  }: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${TOKEN}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
}
