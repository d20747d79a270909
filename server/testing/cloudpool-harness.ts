import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCloudpoolSettings } from '../config/cloudpool-settings.ts';
import type { CloudpoolFlags } from '../config/cloudpool-settings.ts';
import { sendRaw } from '../dialects/testing/raw-http.ts';
import type { RawRequest, RawResponse } from '../dialects/testing/raw-http.ts';
import { startServer } from '../main.ts';
import type { RunningServer } from '../main.ts';

/** A port that nobody listens at, for options that take no 0. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A drop-in for a cloudpool server, in this process and a folder of its own, that can be started again on what it stored. */
export class CompatHarness implements AsyncDisposable {
  readonly folder: string;
  readonly port: number;
  readonly #flags: CloudpoolFlags;
  #server: RunningServer | undefined;

  constructor(folder: string, port: number, flags: CloudpoolFlags) {
    this.folder = folder;
    this.port = port;
    this.#flags = flags;
  }

  static async start(
    flags: CloudpoolFlags,
    prepare: (folder: string) => void = () => {},
  ): Promise<CompatHarness> {
    const folder = mkdtempSync(join(tmpdir(), 'poolkeeper-compat-'));
    prepare(folder);
    const harness = new CompatHarness(folder, await freePort(), flags);
    try {
      await harness.restart();
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
    return harness;
  }

  get server(): RunningServer {
    if (this.#server === undefined) throw new Error('the server does not run');
    return this.#server;
  }

  get adminToken(): string {
    return readFileSync(join(this.folder, 'admin.token'), 'utf8').trim();
  }

  /** Ends the server and starts another one, with other options where some are given. */
  async restart(flags: CloudpoolFlags = {}, environment: Record<string, string> = {}): Promise<void> {
    await this.stop();
    const { server, cloudpool } = readCloudpoolSettings({
      flags: {
        httpPort: String(this.port),
        storageDir: this.folder,
        driver: 'simulated',
        logLevel: 'silent',
        ...this.#flags,
        ...flags,
      },
      environment,
      workingDirectory: this.folder,
    });
    this.#server = await startServer(server, { cloudpool });
  }

  send(method: string, path: string, more: Omit<RawRequest, 'method' | 'path'> = {}): Promise<RawResponse> {
    return sendRaw(this.port, { method, path, ...more });
  }

  post(path: string, body: unknown): Promise<RawResponse> {
    const headers = { 'Content-Type': 'application/json' };
    return this.send('POST', path, { headers, body: JSON.stringify(body), isChunked: true });
  }

  async json<T>(path: string): Promise<T> {
    return JSON.parse((await this.send('GET', path)).text) as T;
  }

  async stop(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    this.#server = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
