import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readBoskosSettings } from './config/boskos-settings.ts';
import type { BoskosFlags } from './config/boskos-settings.ts';
import { startServer } from './main.ts';
import type { RunningServer } from './main.ts';
import { freePort } from './testing/cloudpool-harness.ts';

const CONFIG = [
  'resources:',
  '- { type: gce-project, state: dirty, names: [p1, p2] }',
  '- { type: cluster, min-count: 1, max-count: 2 }',
  '',
].join('\n');

let folder: string;
let url: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poolkeeper-boskos-'));
  writeFileSync(join(folder, 'config.yaml'), CONFIG);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function start(flags: BoskosFlags = {}): Promise<RunningServer> {
  const port = String(await freePort());
  const { server, boskos } = readBoskosSettings({
    flags: { port, metricsPort: '0', healthPort: '0', data: 'data', logLevel: 'silent', ...flags },
    environment: {},
    workingDirectory: folder,
  });
  const running = await startServer(server, { boskos });
  [url = ''] = running.dialectUrls.boskos;
  return running;
}

type Answer = { readonly status: number; readonly text: string };

async function ask(method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${url}${path}`, { method, headers });
  return { status: response.status, text: await response.text() };
}

async function states(type: string): Promise<unknown> {
  const { status, text } = await ask('GET', `/metric?type=${type}`);
  return status === 200 ? (JSON.parse(text) as { current: unknown }).current : status;
}

/** Bounded: a state that never comes fails the test. */
async function until(look: () => Promise<unknown>, wanted: unknown): Promise<void> {
  await expect.poll(look, { timeout: 20_000, interval: 50 }).toEqual(wanted);
}

const take = (type: string, state: string, dest: string, owner = 'me') =>
  ask('POST', `/acquire?type=${type}&state=${state}&dest=${dest}&owner=${owner}`);

test('a configuration file makes types, is followed, and what is wrong with it changes nothing', async () => {
  await using server = await start();
  expect(await states('gce-project')).toEqual({ dirty: 2 });
  expect(await states('cluster')).toEqual({ free: 1 });
  expect((await take('gce-project', 'dirty', 'cleaning')).status).toBe(200);

  // As Kubernetes and editors do it: another file takes the place of the old one.
  const replace = (text: string): void => {
    writeFileSync(join(folder, 'next.yaml'), text);
    renameSync(join(folder, 'next.yaml'), join(folder, 'config.yaml'));
  };
  replace('resources: [{ type: gce-project, names: [P1] }]\n');
  await expect(server.reload()).rejects.toThrow('resources[0].names[0]: "P1" is no name');
  expect(await states('gce-project')).toEqual({ cleaning: 1, dirty: 1 });
  replace('resources: [{ type: gce-project, names: [p2, p3] }, { type: "odd type/x", names: [o1] }]\n');
  // p1 goes when it comes back.
  await until(() => states('gce-project'), { cleaning: 1, dirty: 1, free: 1 });
  expect(await states('odd%20type%2Fx')).toEqual({ free: 1 });
  await until(() => states('cluster'), 404);
  expect((await ask('POST', '/release?name=p1&dest=free&owner=me')).status).toBe(200);
  await until(() => states('gce-project'), { dirty: 1, free: 1 });
});

test('a restart finds owners and states as they were', async () => {
  const first = await start();
  await take('gce-project', 'dirty', 'cleaning', 'janitor-of-mine');
  await first[Symbol.asyncDispose]();
  await using _second = await start();
  const { text } = await ask('GET', '/metric?type=gce-project');
  expect(JSON.parse(text)).toEqual({
    type: 'gce-project',
    current: { cleaning: 1, dirty: 1 },
    owner: { '': 1, 'janitor-of-mine': 1 },
  });
});

test('a janitor cleans what comes back as the janitor of the original is called, and what stood dirty before there was one', async () => {
  const first = await start();
  expect(await states('gce-project')).toEqual({ dirty: 2 });
  await first[Symbol.asyncDispose]();

  const program = join(folder, 'janitor.sh');
  writeFileSync(program, `#!/bin/sh\necho "$@" >> "${join(folder, 'calls')}"\n`);
  chmodSync(program, 0o755);
  const second = await start({ janitor: ['gce-project=exec:./janitor.sh --hours=0'] });
  await until(() => states('gce-project'), { free: 2 });
  await take('gce-project', 'free', 'busy');
  await ask('POST', '/release?name=p1&dest=dirty&owner=me');
  const calls = (): string[] => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n').toSorted();
  await until(async () => calls().length, 3);
  expect(calls().slice(1)).toEqual(expect.arrayContaining(['--project=p2 --hours=0']));
  expect(new Set(calls())).toEqual(new Set(['--project=p1 --hours=0', '--project=p2 --hours=0']));
  await until(() => states('gce-project'), { free: 2 });
  await second[Symbol.asyncDispose]();

  // Without it, what comes back stands dirty again.
  await using _third = await start();
  await take('gce-project', 'free', 'busy');
  await ask('POST', '/release?name=p1&dest=dirty&owner=me');
  await ask('POST', '/release?name=p2&dest=dirty&owner=me');
  await until(() => states('gce-project'), { dirty: 1, free: 1 });
});

test('owners that are silent for too long lose what they have', async () => {
  await using _server = await start({ reapAfter: '1s' });
  await take('cluster', 'free', 'busy');
  expect(await states('cluster')).toEqual({ busy: 1 });
  await until(() => states('cluster'), { dirty: 1 });
});

test('a user and a password are asked for, and wrong ones are answered by 403; the file is followed', async () => {
  const file = join(folder, 'password');
  writeFileSync(file, 'first\n');
  await using _server = await start({ username: 'ci', passwordFile: 'password', host: '127.0.0.1' });
  const as = async (password: string): Promise<number> => {
    const authorization = `Basic ${Buffer.from(`ci:${password}`).toString('base64')}`;
    return (await ask('GET', '/metric?type=cluster', { authorization })).status;
  };
  expect([await as('first'), await as('other'), (await take('cluster', 'free', 'busy')).status]).toEqual([
    200, 403, 403,
  ]);
  writeFileSync(file, 'second\n');
  await until(() => as('second'), 200);
  expect(await as('first')).toBe(403);
});

test('a server without a drop-in serves stages to those with a token', async () => {
  const first = await start();
  await first[Symbol.asyncDispose]();
  const { server } = readBoskosSettings({
    flags: { data: 'data', logLevel: 'silent' },
    environment: {},
    workingDirectory: folder,
  });
  await using running = await startServer({
    ...server,
    boskosListen: { host: '127.0.0.1', port: await freePort() },
  });
  [url = ''] = running.dialectUrls.boskos;
  const token = readFileSync(join(folder, 'data', 'admin.token'), 'utf8').trim();
  const basic = `Basic ${Buffer.from(`anybody:${token}`).toString('base64')}`;
  const status = async (authorization?: string): Promise<number> =>
    (await ask('GET', '/metric?type=cluster', authorization === undefined ? {} : { authorization })).status;
  expect([await status(), await status(`Bearer ${token}`), await status(basic)]).toEqual([403, 200, 200]);
});

test('side ports tell how it is from the start on', async () => {
  const [metricsPort, healthPort] = [String(await freePort()), String(await freePort())];
  await using _server = await start({ metricsPort, healthPort });
  const read = async (port: string, path: string): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  expect([await read(healthPort, '/healthz'), await read(healthPort, '/healthz/ready')]).toEqual([
    'OK',
    'OK',
  ]);
  expect(await read(metricsPort, '/metrics')).toContain(
    'boskos_resources{type="gce-project",state="dirty"} 2',
  );
});
