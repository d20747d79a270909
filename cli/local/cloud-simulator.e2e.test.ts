import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Page, Resource } from '@poolkeeper/client';
import { CliProcess, eventually, runCli } from '../testing/cli-process.ts';
import { RealServer } from '../testing/real-server.ts';

/** A real server and a real cloud, each a process of its own: what the one lives through, the other outlives. */

type Machine = {
  readonly id: string;
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
};

const SIZE = 5;
/** The breaker opens for seconds; what waits for it to close has this long, in milliseconds. */
const RECOVERY_MS_MAX = 60_000;

let simulator: CliProcess;
let cloud: string;
let folder: string;
let server: RealServer;

async function startCloud(): Promise<void> {
  simulator = new CliProcess(['cloud-simulator', '--port', '0']);
  await simulator.until(({ stdout }) => stdout.includes('listens at'));
  cloud = /http:\S+/.exec(simulator.stdout)?.[0] ?? '';
}

async function startServer(): Promise<void> {
  const providers = `providers: [{ name: cloud, driver: simulated, url: "${cloud}" }]`;
  const pools = `pools: [{ name: vms, provider: cloud, size: { desired: ${SIZE} }, template: { size: large } }]`;
  server = await RealServer.start(`${providers}\n${pools}\n`, { folder });
}

async function control<T>(op: string): Promise<T> {
  return (await (await fetch(`${cloud}/${op}`, { method: 'POST' })).json()) as T;
}

async function api<T>(method: string, path: string, body?: object): Promise<T> {
  const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' };
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  return (await (await fetch(`${server.url}${path}`, { method, headers, ...init })).json()) as T;
}

async function resources(): Promise<readonly Resource[]> {
  return (await api<Page<Resource>>('GET', '/v1/resources?limit=1000')).items;
}

async function machines(): Promise<Machine[]> {
  const { machines: all } = (await (await fetch(`${cloud}/machines?limit=1000`)).json()) as {
    machines: Machine[];
  };
  return all.filter(({ state }) => state !== 'TERMINATED');
}

/** Waits until the pool is at rest: so many members, all free, each with the one machine that the cloud has for it. */
async function atRest(size = SIZE): Promise<Map<string, string>> {
  return eventually(async () => {
    const [members, there] = [await resources(), await machines()];
    if (members.length !== size || members.some(({ status }) => status !== 'free')) return undefined;
    const machineOf = new Map(there.map(({ id, tags }) => [tags['poolkeeper-resource'] ?? '', id]));
    const isWhole = there.length === size && members.every(({ id }) => machineOf.has(id));
    return isWhole ? machineOf : undefined;
  }, RECOVERY_MS_MAX);
}

async function breakerState(): Promise<string | undefined> {
  const headers = { authorization: `Bearer ${server.token}` };
  const metrics = await (await fetch(`${server.url}/metrics`, { headers })).text();
  return /^poolkeeper_provider_breaker_state\{[^}]*state="([a-z-]+)"[^}]*\} 1$/m.exec(metrics)?.[1];
}

describe('a pool in a simulated cloud', () => {
  beforeAll(startCloud);
  afterAll(() => simulator[Symbol.asyncDispose]());
  beforeEach(async () => {
    await control('reset');
    folder = mkdtempSync(join(tmpdir(), 'poolkeeper-cloud-'));
    await startServer();
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test('is the same after the server was killed and started again: nothing doubled, nothing leaked', async () => {
    const before = await atRest();
    await server.stop('SIGKILL');
    await startServer();
    expect(await atRest()).toEqual(before);
  });

  test('is whole after the server was killed while it was filled', async () => {
    await control('latency?ms=300');
    await expect.poll(async () => (await machines()).length, { timeout: RECOVERY_MS_MAX }).toBeGreaterThan(0);
    await server.stop('SIGKILL');
    await control('latency?ms=0');
    await startServer();
    await atRest();
  });

  test('replaces what vanishes or ends, and leaves alone what it did not make', async () => {
    const before = await atRest();
    const [vanished = '', ended = '', ending = '', ...kept] = before.values();
    await control(`vanish?id=${vanished}`);
    await control(`setState?id=${ended}&state=TERMINATED`);
    await control(`setState?id=${ending}&state=TERMINATING`);
    const after = await eventually(async () => {
      const now = [...(await atRest()).values()];
      return [vanished, ended, ending].some((id) => now.includes(id)) ? undefined : now;
    }, RECOVERY_MS_MAX);
    expect(after).toEqual(expect.arrayContaining(kept));
    const { id } = await control<{ id: string }>('spawn');
    await api('PATCH', '/v1/pools/vms', { size: { desired: 0 } });
    await expect.poll(machines, { timeout: RECOVERY_MS_MAX }).toMatchObject([{ id }]);
  });

  test('waits behind an open breaker while the cloud is down, and is filled when it is up again', async () => {
    await atRest();
    await control('down');
    await api('PATCH', '/v1/pools/vms', { size: { desired: SIZE + 7 } });
    await expect.poll(breakerState, { timeout: RECOVERY_MS_MAX }).toBe('open');
    expect(JSON.stringify(await api('GET', '/v1/pools/vms/explain'))).toContain(`${cloud} answered 503`);
    expect(
      (await resources()).filter(({ status }) => status === 'free'),
      'what was there',
    ).toHaveLength(SIZE);
    await control('up');
    await atRest(SIZE + 7);
    expect(await breakerState()).toBe('closed');
  });

  test('lends a machine that still boots only once it runs', async () => {
    await atRest();
    await control('bootState?state=PENDING');
    await api('PATCH', '/v1/pools/vms', { size: { desired: SIZE + 1 } });
    const booting = await eventually(async () => (await machines()).find(({ state }) => state === 'PENDING'));
    const statusOf = async () =>
      (await resources()).find(({ id }) => id === booting.tags['poolkeeper-resource'])?.status;
    await expect.poll(statusOf, { timeout: RECOVERY_MS_MAX }).toBe('entering');
    await control(`setState?id=${booting.id}&state=RUNNING`);
    await atRest(SIZE + 1);
  });
});

describe('the command', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'says where it listens and ends at once on %s',
    async (signal) => {
      await using cli = new CliProcess(['cloud-simulator', '--port', '0', '--latency', '5m', '--quota', '7']);
      await cli.until(({ stdout }) => stdout.endsWith('\n'));
      const url =
        /^The cloud simulator listens at (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(cli.stdout)?.[1] ?? '';
      const late = fetch(`${url}/machines`).catch((error: unknown) => error);
      await eventually(async () => {
        const { calls, settings } = (await (await fetch(`${url}/status`)).json()) as {
          calls: Record<string, number>;
          settings: Record<string, unknown>;
        };
        expect(settings).toMatchObject({ latencyMs: 300_000, quota: 7 });
        return calls['GET /machines'];
      });
      cli.child.kill(signal);
      expect(await cli.ended).toBe(0);
      expect(await late).toBeInstanceOf(Error);
      expect(cli.stderr).toBe('');
    },
  );

  test('a port that is taken, and one that there is not, are explained', async () => {
    await using first = new CliProcess(['cloud-simulator', '--port', '0']);
    await first.until(({ stdout }) => stdout.endsWith('\n'));
    const port = /:(\d+)\n/.exec(first.stdout)?.[1] ?? '';
    const taken = await runCli(['cloud-simulator', '--port', port]);
    expect(taken.code).toBe(6);
    expect(taken.stderr).toContain(`Another program listens at 127.0.0.1:${port} already.`);
    expect(taken.stderr).toContain('--port 0');
    const wrong = await runCli(['cloud-simulator', '--port', '70000']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('There is no port 70000.');
    expect((await runCli(['cloud-simulator', '--quota', 'many'])).code).toBe(2);
  });
});
