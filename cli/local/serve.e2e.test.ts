import type { Page, Pool } from '@poolkeeper/client';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliProcess, runCli } from '../testing/cli-process.ts';
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

test('a server needs no configuration file: it says what to do next, and keeps what is applied', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'poolkeeper-cli-'));
  const start = async (): Promise<CliProcess> => {
    const started = new CliProcess(['serve', '--listen', '127.0.0.1:0'], { cwd: folder });
    await started.until(({ stdout }) => stdout.includes('Poolkeeper listens at'));
    return started;
  };
  {
    await using server = await start();
    await server.until(({ stdout }) => stdout.includes('"poolkeeper apply -f FILE"'));
    server.child.kill('SIGHUP');
    await server.until(({ stderr }) => stderr.includes('there is no configuration file to read again'));
    writeFileSync(join(folder, 'site.yaml'), FILE);
    expect(await runCli(['apply', '-f', 'site.yaml'], { cwd: folder })).toMatchObject({ code: 0 });
  }
  await using server = await start();
  expect((await runCli(['pool', 'list'], { cwd: folder })).stdout).toMatch(/^a +machine +hand /m);
  expect(server.stdout).not.toContain('poolkeeper apply');
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});
