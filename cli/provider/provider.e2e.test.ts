import type { Page, Provider } from '@poolkeeper/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../testing/cli-process.ts';
import { CommandLine } from '../testing/in-process.ts';
import { RealServer } from '../testing/real-server.ts';

const FILE = [
  'providers: [{ name: hand, driver: static }, { name: local, driver: process }]',
  'pools:',
  '  - { name: boards, provider: hand }',
  '  - { name: bad, provider: local, size: { desired: 1 }, template: { command: [/nowhere/program] } }',
  '',
].join('\n');

let server: RealServer;
let cli: CommandLine;
beforeAll(async () => {
  server = await RealServer.start(FILE);
  cli = new CommandLine(server);
});
afterAll(() => server[Symbol.asyncDispose]());

test('providers are listed with how each does', async () => {
  const { items } = await cli.json<Page<Provider>>('provider', 'list');
  expect(items.map(({ name, driver }) => [name, driver])).toEqual([
    ['hand', 'static'],
    ['local', 'process'],
  ]);
  const { stdout } = await cli.run('provider', 'list');
  expect(stdout.split('\n')[0]).toMatch(/^PROVIDER +DRIVER +STATE/);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('one is shown with what it last failed at, its limits and its pools', async () => {
  const shown = await eventually(async () => {
    const { stdout } = await cli.run('provider', 'show', 'local');
    return stdout.includes('last error') ? stdout : undefined;
  });
  expect(shown).toMatch(/^last error +.*\/nowhere\/program/m);
  expect(shown).toMatch(/^limits +concurrency=\d+/m);
  expect(shown).toMatch(/^bad +\d\/1/m);
});

test('one that is not there is said with where to look', async () => {
  const { code, stderr } = await cli.run('provider', 'show', 'nowhere');
  expect(code).toBe(5);
  expect(stderr).toContain('poolkeeper provider list');
});
