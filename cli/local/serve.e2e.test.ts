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

test('a wrong file, wrong settings and no file keep a server from starting', async () => {
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
  expect((await serve()).code).toBe(2);
  expect(
    (await serve('--config', 'poolkeeper.yaml', '--tls-cert', 'none.pem', '--tls-key', 'none.pem')).code,
  ).toBe(2);
  expect((await serve('--quickstart', '--config', 'poolkeeper.yaml')).stderr).toContain(
    'Leave one of the two out.',
  );
});
