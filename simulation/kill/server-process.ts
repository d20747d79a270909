import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ENTRY =
  process.env['KILL_ENTRY'] ?? join(import.meta.dirname, '..', '..', 'cli', 'bin', 'poolkeeper.js');
const READY_WITHIN_MS = 60_000;
const READY_POLL_MS = 5;
const STOP_WITHIN_MS = 15_000;
const OUTPUT_TAIL_LENGTH = 3_000;

/**
 * Ports for the server: below those that the system gives to outgoing connections. A client that tries such a port on this
 * machine while nobody listens may be connected to itself, and then holds the port against the server that comes back.
 */
const PORTS = { from: 12_000, to: 19_999 };
const PORT_TRIES_MAX = 50;

export type ServerOptions = {
  readonly configuration: string;
  readonly data: string;
  readonly output: string;
  readonly port: number;
  readonly token: string;
  /** What is run; `poolkeeper serve` where nothing else is said. */
  readonly entry?: readonly string[];
  /** Said to it beside these. */
  readonly environment?: Readonly<Record<string, string>>;
};

/** How a server ended: by itself with a code, or by a signal. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** The real server, in a process of its own. */
export class ServerProcess implements AsyncDisposable {
  readonly startedAt = Date.now();
  readonly #options: ServerOptions;
  readonly #child: ChildProcess;
  readonly #exited: Promise<Exit>;

  constructor(options: ServerOptions) {
    const { configuration, data, output, port, token, entry = [ENTRY, 'serve'], environment = {} } = options;
    const descriptor = openSync(output, 'a', 0o600);
    this.#options = options;
    this.#child = spawn(process.execPath, entry, {
      stdio: ['ignore', descriptor, descriptor],
      env: {
        ...process.env,
        POOLKEEPER_CONFIG: configuration,
        POOLKEEPER_DATA: data,
        POOLKEEPER_LISTEN: `127.0.0.1:${port}`,
        POOLKEEPER_ADMIN_TOKEN: token,
        ...environment,
      },
    });
    closeSync(descriptor);
    this.#exited = once(this.#child, 'exit').then(([code, signal]) => ({ code, signal }) as Exit);
    // A process that could not be started is told by whoever waits for it.
    this.#exited.catch(() => {});
  }

  /** Resolves when the server takes work, with the milliseconds since its start. Errors: when it ends before, or is too slow. */
  async untilReady(): Promise<number> {
    const until = this.startedAt + READY_WITHIN_MS;
    while (!(await this.#isReady())) {
      if (this.hasEnded) throw this.failure('ended before it was ready');
      if (Date.now() > until) throw this.failure(`was not ready within ${READY_WITHIN_MS} ms`);
      await sleep(READY_POLL_MS);
    }
    return Date.now() - this.startedAt;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Ends it at once, in the middle of whatever it does. */
  async kill(): Promise<Exit> {
    this.#child.kill('SIGKILL');
    return this.#exited;
  }

  /** Halts it until `thaw`, as a machine does that has no time for it: its connections stay, and it does nothing. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /** Asks it to end, and answers how it did. Errors: when it takes too long; it is killed then. */
  async stop(): Promise<Exit> {
    this.#child.kill('SIGTERM');
    const late = new AbortController();
    const exit = await Promise.race([
      this.#exited,
      sleep(STOP_WITHIN_MS, undefined, { signal: late.signal }).catch(() => undefined),
    ]);
    late.abort();
    if (exit !== undefined) return exit;
    await this.kill();
    throw this.failure(`did not stop within ${STOP_WITHIN_MS} ms`);
  }

  failure(what: string): Error {
    const output = readFileSync(this.#options.output, 'utf8').slice(-OUTPUT_TAIL_LENGTH);
    return new Error(`The server ${what}. The end of its output:\n${output}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.hasEnded) await this.kill();
  }

  async #isReady(): Promise<boolean> {
    try {
      const url = `http://127.0.0.1:${this.#options.port}/readyz`;
      const response = await fetch(url, { signal: AbortSignal.timeout(READY_WITHIN_MS) });
      await response.arrayBuffer();
      return response.status === 200;
    } catch {
      return false;
    }
  }
}

/** A port on which nobody listens now. */
export async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < PORT_TRIES_MAX; tries += 1) {
    const port = randomInt(PORTS.from, PORTS.to + 1);
    const probe = createServer().listen(port, '127.0.0.1');
    try {
      await once(probe, 'listening');
    } catch {
      continue;
    }
    probe.close();
    await once(probe, 'close');
    return port;
  }
  throw new Error(`No port from ${PORTS.from} to ${PORTS.to} is free.`);
}
