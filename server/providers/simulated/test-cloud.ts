import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@poolkeeper/core';
import { startCloudSimulator } from '../../cloud-simulator/start-simulator.ts';
import { systemTimers } from '../../system-clock.ts';
import type { Timers } from '../../timers.ts';
import type { Provider } from '../contract.ts';
import { openProvider } from '../open-provider.ts';
import { aProviderContext } from '../test-context.ts';

type Machine = {
  readonly id: string;
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
};

/** A simulated cloud that listens, and directories of servers that use it. */
export class TestCloud implements AsyncDisposable {
  readonly url: string;
  readonly #simulator: AsyncDisposable;
  readonly #directories: string[] = [];

  constructor(simulator: AsyncDisposable & { readonly url: string }) {
    this.url = simulator.url;
    this.#simulator = simulator;
  }

  static async start(): Promise<TestCloud> {
    return new TestCloud(await startCloudSimulator({ host: '127.0.0.1', port: 0 }));
  }

  /** The data directory of a server. */
  makeDirectory(): string {
    const directory = mkdtempSync(join(tmpdir(), 'poolkeeper-simulated-'));
    this.#directories.push(directory);
    return directory;
  }

  open(
    options: { directory?: string; name?: string; url?: string; timers?: Timers; cloudPool?: string } = {},
  ): Promise<Provider> {
    const {
      directory = this.makeDirectory(),
      name = 'cloud',
      url = this.url,
      timers = systemTimers,
      cloudPool,
    } = options;
    const context = aProviderContext({ dataDirectory: directory, timers });
    const mark = cloudPool === undefined ? {} : { cloudPool };
    return openProvider({ name, driver: 'simulated', url, ...mark }, context);
  }

  /** `POST /<op>`, such as `failStart?on=true`. Errors: when it is refused. */
  async control<T = unknown>(op: string): Promise<T> {
    const response = await fetch(`${this.url}/${op}`, { method: 'POST' });
    if (!response.ok) throw new Error(`${op}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Machines that have not ended, found out without a provider. */
  async machines(resource?: string): Promise<Machine[]> {
    const filter = resource === undefined ? '' : `&tag=poolkeeper-resource=${resource}`;
    const response = await fetch(`${this.url}/machines?limit=1000${filter}`);
    const { machines } = (await response.json()) as { machines: Machine[] };
    return machines.filter(({ state }) => state !== 'TERMINATED');
  }

  async patchTags(id: string, tags: JsonObject): Promise<void> {
    await fetch(`${this.url}/machines/${id}/tags`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(tags),
    });
  }

  /** Calls of the API so far, by route. */
  async calls(): Promise<Readonly<Record<string, number>>> {
    const response = await fetch(`${this.url}/status`);
    return ((await response.json()) as { calls: Record<string, number> }).calls;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#simulator[Symbol.asyncDispose]();
    for (const directory of this.#directories) rmSync(directory, { recursive: true, force: true });
  }
}
