import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Webhook } from '@poolkeeper/client';
import { eventually } from '../testing/cli-process.ts';
import { CommandLine, words } from '../testing/in-process.ts';
import { RealServer } from '../testing/real-server.ts';

const FILE = `providers: [{ name: hand, driver: static }]
pools: [{ name: P, provider: hand, lease: { default: 2s, warnBefore: 1s }, resources: [{ name: one }] }]
`;
const receiverFile = join(import.meta.dirname, '..', '..', 'examples', 'webhook', 'receiver.js');

let server: RealServer;
let cli: CommandLine;
beforeAll(async () => {
  server = await RealServer.start(FILE);
  cli = new CommandLine(server);
});
afterAll(() => server[Symbol.asyncDispose]());

/** The receiver of the example, as a process; what it prints is what it heard. */
async function startReceiver(secret: string): Promise<{ said: () => string; port: number } & Disposable> {
  const child = spawn(process.execPath, [receiverFile], {
    env: { ...process.env, WEBHOOK_SECRET: secret, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const port = await eventually(async () => /listening on (\d+)/.exec(text)?.[1]);
  return { said: () => text, port: Number(port), [Symbol.dispose]: () => void child.kill() };
}

test('a lease and its warning get to the receiver of the example, and the secret is nowhere on disk', async () => {
  const made = await cli.run('webhook', 'set', 'ops', '--post', 'http://127.0.0.1:9/', '--event', 'lease.*');
  expect(made.code).toBe(0);
  expect(made.stdout).toContain('made ops (version 1): http://127.0.0.1:9/');
  expect(made.stderr).toContain('nobody can show it again');
  const secret = /^secret +(whsec_\S+)$/m.exec(made.stdout)?.[1] ?? '';
  using receiver = await startReceiver(secret);
  const moved = await cli.run('webhook', 'set', 'ops', '--post', `http://127.0.0.1:${receiver.port}/`);
  expect(moved.stdout).toMatch(/^changed ops \(version 2\)/);
  expect(moved.stdout).not.toContain('whsec_');
  const tested = await cli.run('webhook', 'test', 'ops');
  expect([tested.code, tested.stdout]).toEqual([0, expect.stringContaining('the test got to ops')]);
  await cli.run(...words('lease acquire --pool P --id-only'));
  const said = await eventually(async () =>
    receiver.said().includes('lease.ended') ? receiver.said() : undefined,
  );
  expect(said.match(/^(webhook|lease)\.\w+/gm)).toEqual([
    'webhook.test',
    'lease.granted',
    'lease.expiring',
    'lease.ended',
  ]);
  const data = join(server.folder, 'data');
  const stored = readdirSync(data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name)).toString('latin1'));
  expect(stored.join('').includes(secret.slice('whsec_'.length))).toBe(false);
  expect(server.process.stderr).not.toContain('whsec_');
});

test('a receiver that is not there is shown with why, and what to do', async () => {
  await cli.run('webhook', 'set', 'dead', '--post', 'http://127.0.0.1:9/', '--event', '*', '--pool', 'P');
  const tested = await cli.run('webhook', 'test', 'dead');
  expect(tested.code).toBe(8);
  expect(tested.stderr).toMatch(/did not get to dead.*Nobody answers there/);
  await cli.run(...words('lease acquire --pool P --id-only'));
  const failing = await eventually(async () => {
    const webhook = await cli.json<Webhook>('webhook', 'show', 'dead');
    return webhook.state === 'failing' ? webhook : undefined;
  });
  expect(failing).toMatchObject({ events: { types: ['*'], pools: ['P'] }, lastError: expect.any(String) });
  const shown = await cli.run('webhook', 'show', 'dead');
  expect(shown.stdout).toContain('poolkeeper webhook retry dead');
  const listed = await cli.run('webhook', 'list');
  expect(listed.stdout).toMatch(/^dead +failing/m);
  expect((await cli.run('webhook', 'retry', 'dead')).stdout).toContain('dead is tried again');
  const off = await cli.json<Webhook>('webhook', 'set', 'dead', '--disable');
  expect(off).toMatchObject({ state: 'disabled', url: 'http://127.0.0.1:9/', events: { pools: ['P'] } });
  expect((await cli.run('webhook', 'remove', 'dead')).stdout).toBe('removed dead\n');
  const gone = await cli.run('webhook', 'show', 'dead');
  expect([gone.code, gone.stderr]).toEqual([5, expect.stringContaining('poolkeeper webhook list')]);
});

test('what has to be said of a new one is said', async () => {
  const { code, stderr } = await cli.run('webhook', 'set', 'new', '--disable');
  expect(code).toBe(2);
  expect(stderr).toContain(`poolkeeper webhook set new --post https://HOST/PATH --event 'lease.*'`);
  const mail = await cli.run('webhook', 'set', 'new', '--mail', 'ops@example.org', '--event', '*');
  expect([mail.code, mail.stderr]).toEqual([2, expect.stringContaining('--smtp-url')]);
});
