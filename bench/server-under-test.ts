import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from './api-client.ts';
import { PROVIDER } from './seed-store.ts';

const READY_WITHIN_MS = 120_000;
const READY_POLL_MS = 10;
/** A stopping server has this long before it is killed. */
const STOP_WITHIN_MS = 30_000;
/** How much of a failed server's output is shown. */
const OUTPUT_TAIL_LENGTH = 2_000;

export type ServerOptions = {
  /** The `poolkeeper.js` to start. */
  readonly entry: string;
  /** The data directory; made when it is not there. */
  readonly data: string;
  /** Pools that the configuration names. */
  readonly pools: readonly string[];
  /** Further providers and pools, as they stand in a configuration file. */
  readonly more?: { readonly providers: readonly object[]; readonly pools: readonly object[] };
  /** The command and its options, in place of "serve" with a configuration; where it listens for the bench is added. */
  readonly command?: readonly string[];
  /** One of several replicas of the world of a database. */
  readonly replica?: ReplicaOptions;
  /** Write a CPU profile there when it ends. */
  readonly profileDirectory?: string | undefined;
};

/** What all replicas of a world have in common, and what people call this one. */
export type ReplicaOptions = ClusterSecrets & { readonly database: string; readonly name: string };
export type ClusterSecrets = {
  readonly adminToken: string;
  readonly masterKey: string;
  readonly clusterSecret: string;
};

export function drawClusterSecrets(): ClusterSecrets {
  const draw = (): string => randomBytes(32).toString('base64');
  return { adminToken: drawToken(), masterKey: draw(), clusterSecret: draw() };
}

function drawToken(): string {
  return `pk_${randomBytes(32).toString('base64url')}`;
}

/**
 * Starts the real server in a process of its own and waits until it is ready.
 *
 * Errors: when it ends or is not ready in time; the message shows the end of its output.
 */
export async function startServer(options: ServerOptions): Promise<ServerUnderTest> {
  mkdirSync(options.data, { recursive: true, mode: 0o700 });
  const config = join(options.data, 'bench-config.yaml');
  writeFileSync(config, configOf(options));
  const output = join(options.data, 'bench-output.log');
  const port = await findFreePort();
  const token = options.replica?.adminToken ?? drawToken();
  const profile =
    options.profileDirectory === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${options.profileDirectory}`];
  const listen = ['--listen', `127.0.0.1:${port}`];
  const serve = ['serve', '--config', config, '--data', options.data];
  const descriptor = openSync(output, 'a');
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [...profile, options.entry, ...(options.command ?? serve), ...listen],
    {
      stdio: ['ignore', descriptor, descriptor],
      env: { ...process.env, ...environmentOf(options.replica), POOLKEEPER_ADMIN_TOKEN: token },
    },
  );
  closeSync(descriptor);
  const api = new ApiClient({ url: `http://127.0.0.1:${port}`, token });
  const server = new ServerUnderTest({ child, api, output });
  try {
    await server.untilReady(startedAt);
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

function environmentOf(replica: ReplicaOptions | undefined): Record<string, string> {
  if (replica === undefined) return {};
  return {
    POOLKEEPER_DATABASE: replica.database,
    POOLKEEPER_REPLICA_NAME: replica.name,
    POOLKEEPER_CLUSTER_LISTEN: '127.0.0.1:0',
    POOLKEEPER_CLUSTER_SECRET: replica.clusterSecret,
    POOLKEEPER_MASTER_KEY: replica.masterKey,
  };
}

export class ServerUnderTest implements AsyncDisposable {
  readonly api: ApiClient;
  /** From the start of the process to its being ready. */
  startMs = 0;
  readonly #child: ChildProcess;
  readonly #output: string;

  constructor(input: { child: ChildProcess; api: ApiClient; output: string }) {
    this.#child = input.child;
    this.api = input.api;
    this.#output = input.output;
  }

  async untilReady(startedAt: number): Promise<void> {
    while (!(await this.api.isReady())) {
      if (this.#hasEnded()) throw new Error(`The server ended before it was ready:\n${this.#outputTail()}`);
      if (performance.now() - startedAt > READY_WITHIN_MS) {
        throw new Error(`The server was not ready within ${READY_WITHIN_MS} ms:\n${this.#outputTail()}`);
      }
      await sleep(READY_POLL_MS);
    }
    this.startMs = performance.now() - startedAt;
  }

  /** Memory of the process that is in RAM, in bytes. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    if (kibibytes === undefined) throw new Error(`There is no memory figure of process ${this.#child.pid}.`);
    return Number(kibibytes) * 1_024;
  }

  /** Processor time that the process has used, in milliseconds: all of it, and that of the thread that decides and answers. */
  processorMs(): { readonly all: number; readonly main: number } {
    const { pid } = this.#child;
    return {
      all: readProcessorMs(`/proc/${pid}/stat`),
      main: readProcessorMs(`/proc/${pid}/task/${pid}/stat`),
    };
  }

  /** Ends it at once, as a machine does that loses its power. Resolves when the process is gone. */
  async kill(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.api.close();
    if (this.#hasEnded()) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const isInTime = await Promise.race([
      ended.then(() => true),
      sleep(STOP_WITHIN_MS, false, { ref: false }),
    ]);
    if (isInTime) return;
    this.#child.kill('SIGKILL');
    await ended;
    throw new Error(`The server did not stop within ${STOP_WITHIN_MS} ms:\n${this.#outputTail()}`);
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #outputTail(): string {
    return readFileSync(this.#output, 'utf8').slice(-OUTPUT_TAIL_LENGTH);
  }
}

/** Errors: on a system without `/proc`. */
function readProcessorMs(file: string): number {
  // The second field is the name in parentheses; user and system time are the 14th and the 15th, in hundredths of a second.
  const fields = readFileSync(file, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function configOf({ pools, more = { providers: [], pools: [] } }: ServerOptions): string {
  const { name, driver } = PROVIDER;
  // Every JSON text is YAML.
  return JSON.stringify({
    providers: [{ name, driver }, ...more.providers],
    pools: [...pools.map((pool) => ({ name: pool, kind: 'machine', provider: name })), ...more.pools],
  });
}

export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
