import type { Page, Pool } from '@poolkeeper/client';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CommandLine, words } from '../testing/in-process.ts';
import { RealServer } from '../testing/real-server.ts';

const FILE = [
  'providers: [{ name: hand, driver: static }, { name: local, driver: process, stopOnDispose: true }]',
  'pools: [{ name: boards, provider: hand, kind: board }]',
  '',
].join('\n');

let server: RealServer;
let cli: CommandLine;
beforeAll(async () => {
  server = await RealServer.start(FILE);
  cli = new CommandLine(server);
});
afterAll(() => server[Symbol.asyncDispose]());

const poolNamed = (name: string) => cli.json<Pool>('pool', 'show', name);

test('a pool that has nothing says what to do next', async () => {
  const { stdout } = await cli.run('pool', 'explain', 'boards');
  expect(stdout).toBe(
    [
      '0 registered members, 0 of them on offer.',
      'Add members: poolkeeper resource register NAME --pool boards.',
      '',
      'pool  boards',
      'size  members are registered by hand',
      '',
    ].join('\n'),
  );
});

describe('create', () => {
  test('makes a pool of everything that is said, its template from a file or typed', async () => {
    writeFileSync(join(server.folder, 'template.yaml'), 'command: [sleep, "1000"]\nenv: { A: b }\n');
    const template = `@${join(server.folder, 'template.yaml')}`;
    const { code, stdout, stderr } = await cli.run(
      ...words('pool create web --provider local --kind web-server --template'),
      template,
      ...words('--min 0 --max 4 --lease-default 10m --lease-max 2h --queue fair'),
      ...words('--per-holder 3 --queued 50 --recycle replace --victims oldest'),
      ...words('--label team=a --label tier=1'),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe('created web (version 1): min=0 max=4 buffer=0, which now makes 0\n');
    expect(await poolNamed('web')).toMatchObject({
      kind: 'web-server',
      size: { min: 0, max: 4 },
      template: { command: ['sleep', '1000'], env: { A: 'b' } },
      lease: { default: '10m', max: '2h', queue: 'fair' },
      quota: { perHolder: 3, queued: 50 },
      recycle: 'replace',
      victims: 'oldest',
      labels: { team: 'a', tier: '1' },
    });
  });

  test('does not replace a pool that is there', async () => {
    const { code, stderr } = await cli.run('pool', 'create', 'boards', '--provider', 'hand');
    expect(code).toBe(6);
    expect(stderr).toContain('Change it with "poolkeeper pool set boards"');
  });

  test.each([
    [['--template', '{a: ['], '--template: it is neither JSON nor YAML'],
    [['--template', 'a'], 'an object is needed'],
    [['--template', '@nowhere.yaml'], 'nowhere.yaml cannot be read'],
    [['--size', 'many'], 'whole numbers from 0, and none'],
    [['--size', '3', '--max', '4'], 'have no place beside it'],
    [['--recycle', 'burn'], 'Allowed choices are clean, replace'],
  ])('says what is wrong with %o', async (args, text) => {
    const { code, stderr } = await cli.run('pool', 'create', 'no', '--provider', 'local', ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(text);
  });
});

describe('set', () => {
  test('changes what is said and leaves the rest, also inside of size, quota and labels', async () => {
    await cli.run(
      'pool',
      'create',
      'sized',
      '--provider',
      'hand',
      '--label',
      'a=1',
      '--label',
      'b=2',
      '--per-holder',
      '3',
    );
    await cli.run('pool', 'set', 'sized', '--leases-per-holder', '2', '--label', 'c=3', '--unlabel', 'a');
    expect(await poolNamed('sized')).toMatchObject({
      quota: { perHolder: 3, leasesPerHolder: 2 },
      labels: { b: '2', c: '3' },
    });
    await cli.run('pool', 'set', 'sized', '--per-holder', 'none', '--lease-max', '3h');
    const changed = await poolNamed('sized');
    expect(changed.quota).toEqual({ leasesPerHolder: 2 });
    expect(changed.lease).toMatchObject({ default: '1h', max: '3h' });
    expect(changed.version).toBe(3);
  });

  test('changes one bound of a size and keeps the others; a fixed number replaces them', async () => {
    await cli.run('pool', 'set', 'web', '--max', '6');
    expect((await poolNamed('web')).size).toMatchObject({ min: 0, max: 6 });
    await cli.run('pool', 'set', 'web', '--size', '0');
    expect((await poolNamed('web')).size).toEqual({ desired: 0 });
  });

  test('is refused for another version, and for nothing', async () => {
    const stale = await cli.run('pool', 'set', 'boards', '--label', 'x=y', '--if-version', '99');
    expect(stale.code).toBe(6);
    expect(stale.stderr).toContain('Read it again');
    const nothing = await cli.run('pool', 'set', 'boards');
    expect(nothing.code).toBe(2);
    expect(nothing.stderr).toContain('Nothing was said that should change.');
  });
});

test.each([
  [['--min', '5', '--max', '3'], '--min: '],
  [['--lease-default', '2h', '--lease-max', '1h'], '--lease-default: '],
  [['--template', '{nope: 1}'], '--template nope: "nope" is not known'],
  [['--label', 'bad label=1'], '--label bad label: '],
])('a refusal of %o names the option', async (args, text) => {
  const { code, stderr } = await cli.run('pool', 'set', 'web', ...args);
  expect(code).toBe(2);
  expect(stderr).toContain(text);
});

test('a refusal of a name that is an argument names no option', async () => {
  const { stderr } = await cli.run('pool', 'create', 'a b', '--provider', 'hand');
  expect(stderr).toMatch(/^poolkeeper: pool has to be a name of 1 to 63/);
});

test('pools fit 80 columns, and the status of each is seen', async () => {
  const { stdout } = await cli.run('pool', 'list');
  expect(stdout.split('\n').slice(0, 2)).toEqual([
    'POOL    KIND        PROVIDER  FREE  LEASED  MEMBERS  WAITING  STATUS',
    'boards  board       hand         0       0        0        0  open',
  ]);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('several pools are removed in one call, and each outcome is told', async () => {
  const { code, stdout, stderr } = await cli.run('pool', 'remove', 'web', 'nowhere', 'sized');
  expect(stdout).toBe('removed web\nremoved sized\n');
  expect(stderr).toContain('nowhere: There is no pool "nowhere"');
  expect(code).toBe(5);
  const { items } = await cli.json<Page<Pool>>('pool', 'list');
  expect(items.map(({ name }) => name)).toEqual(['boards']);
});
