import type { Lease, Page, Pool } from '@poolkeeper/client';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually, runCli } from '../testing/cli-process.ts';
import { RealServer } from '../testing/real-server.ts';

const FILE = 'providers: [{ name: hand, driver: static }]\npools:\n  - { name: a, provider: hand }\n';

test('SIGHUP reads the file again, all of it or nothing', async () => {
  await using server = await RealServer.start(FILE);
  const names = async () => (await server.json<Page<Pool>>('pool', 'list')).items.map(({ name }) => name);
  const file = join(server.folder, 'poolkeeper.yaml');

  writeFileSync(file, `${FILE}  - { name: b, provider: hand }\n`);
  server.process.child.kill('SIGHUP');
  await server.process.until(({ stderr }) => stderr.includes('was read again'));
  expect(await names()).toEqual(['a', 'b']);

  writeFileSync(
    file,
    `${FILE}  - { name: c, provider: hand }\n  - { name: d, provider: hand, size: { desired: 1 } }\n`,
  );
  server.process.child.kill('SIGHUP');
  await server.process.until(({ stderr }) => stderr.includes('stays as it was'));
  expect(server.process.stderr).toContain('poolkeeper.yaml:5:32: pools[2].size: ');
  expect(await names()).toEqual(['a', 'b']);
});

test('limits of a provider that changed in the file hold after SIGHUP, without a restart', async () => {
  const fileWith = (limits: string): string => `providers: [{ name: hand, driver: static${limits} }]\n`;
  await using server = await RealServer.start(fileWith(', limits: { concurrency: 2, rate: 5 }'));
  const limits = async (): Promise<unknown> => {
    const headers = { authorization: `Bearer ${server.token}` };
    const response = await fetch(`${server.url}/v1/providers/hand`, { headers });
    return ((await response.json()) as { limits: unknown }).limits;
  };
  const usual = { concurrency: 8, rate: 50, burst: 50, failures: 5, pause: '5s' };
  expect(await limits()).toEqual({ ...usual, concurrency: 2, rate: 5, burst: 5 });
  writeFileSync(join(server.folder, 'poolkeeper.yaml'), fileWith(''));
  server.process.child.kill('SIGHUP');
  await server.process.until(({ stderr }) => stderr.includes('was read again'));
  expect(await limits()).toEqual(usual);
});

test('a file that names a pool that is being removed does not keep a server from starting', async () => {
  const file = FILE.replace('provider: hand }', 'provider: hand, resources: [{ name: a1 }] }');
  const first = await RealServer.start(file);
  const { id } = await first.json<Lease>('lease', 'acquire', '--pool', 'a');
  await first.run('pool', 'remove', 'a');
  await first.stop();

  await using second = await RealServer.start(file, { folder: first.folder });
  expect(second.process.stdout + second.process.stderr).toContain('THE CONFIGURATION FILE WAS NOT APPLIED');
  await second.run('lease', 'release', id);
  const names = async () => (await second.json<Page<Pool>>('pool', 'list')).items.map(({ name }) => name);
  await eventually(async () => ((await names()).length === 0 ? true : undefined));
  second.process.child.kill('SIGHUP');
  await second.process.until(({ stderr }) => stderr.includes('was read again'));
  expect(await names()).toEqual(['a']);
});

test('a wrong file and wrong settings keep a server from starting', async () => {
  await using server = await RealServer.start(FILE);
  writeFileSync(join(server.folder, 'wrong.yaml'), 'providers: []\npool: []\n');
  const serve = (...args: string[]) => runCli(['serve', '--data', 'fresh', ...args], { cwd: server.folder });

  const wrong = await serve('--config', 'wrong.yaml');
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain(
    'wrong.yaml:2:1: pool: there is no member "pool" here; did you mean "pools"?',
  );
  const settings = await serve(
    '--config',
    'poolkeeper.yaml',
    '--listen',
    'everywhere',
    '--log-level',
    'loud',
  );
  expect(settings.code).toBe(2);
  expect(settings.stderr).toContain('--listen: "everywhere" is not allowed');
  expect(settings.stderr).toContain('--log-level: "loud" is not allowed');
  expect(
    (await serve('--config', 'poolkeeper.yaml', '--tls-cert', 'none.pem', '--tls-key', 'none.pem')).code,
  ).toBe(2);
  expect((await serve('--quickstart', '--config', 'poolkeeper.yaml')).stderr).toContain(
    'Leave one of the two out.',
  );
});

const REAL = [
  'providers: [{ name: hand, driver: static }, { name: local, driver: process, stopOnDispose: true }]',
  'pools:',
  '  - { name: a, provider: hand, resources: [{ name: b1 }] }',
  '  - { name: web, provider: local, size: { desired: 1 }, template: { command: [sleep, "99999"] } }',
  '',
].join('\n');

test('a server without a file serves what an earlier one was told, and keeps it at size', async () => {
  await using first = await RealServer.start(REAL);
  await first.stop();
  expect(first.process.stdout).not.toContain('no providers and no pools');

  const server = await RealServer.start(null, { folder: first.folder });
  try {
    expect(server.process.stdout).not.toContain('no providers and no pools');
    for (const pool of ['a', 'web']) {
      const lease = await server.json<Lease>('lease', 'acquire', '--pool', pool);
      expect(lease.resources[0]?.pool).toBe(pool);
    }
    await server.run('pool', 'set', 'web', '--size', '3');
    await eventually(async () => {
      const { resources } = await server.json<Pool>('pool', 'show', 'web');
      return resources['free'] === 2 ? true : undefined;
    });
    const wrong = await server.run('pool', 'create', 'b', '--provider', 'hand', '--template', '{ x: 1 }');
    expect(wrong.stderr, 'providers that nothing was asked of yet check templates').toContain('no template');

    server.process.child.kill('SIGHUP');
    await server.process.until(({ stderr }) => stderr.includes('no file to read again'));
    expect(server.process.stderr).toContain('poolkeeper apply -f FILE');
  } finally {
    await server.stop();
  }
});

test('a server without a file on an empty folder starts, and says what to do next', async () => {
  await using server = await RealServer.start(null);
  await server.process.until(({ stdout }) => stdout.includes('no providers and no pools yet'));
  expect(server.process.stdout).toContain('"poolkeeper apply -f FILE"');
  writeFileSync(join(server.folder, 'poolkeeper.yaml'), FILE);
  const applied = await server.run('apply', '-f', 'poolkeeper.yaml');
  expect(applied.code, applied.stderr).toBe(0);
  expect((await server.json<Page<Pool>>('pool', 'list')).items.map(({ name }) => name)).toEqual(['a']);
});

test('a changed file with a template that its provider refuses keeps a server from starting again', async () => {
  await using first = await RealServer.start(REAL);
  await first.stop();
  writeFileSync(join(first.folder, 'poolkeeper.yaml'), REAL.replace('command: [', 'comand: ['));
  const { code, stderr } = await runCli(
    ['serve', '--config', 'poolkeeper.yaml', '--data', 'data', '--listen', '127.0.0.1:0'],
    { cwd: first.folder },
  );
  expect(code).toBe(2);
  expect(stderr).toContain('poolkeeper.yaml:4:');
  expect(stderr).toContain('comand');
});
