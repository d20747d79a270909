import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page, Resource } from '@poolkeeper/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../testing/cli-process.ts';
import { CommandLine, steady, words } from '../testing/in-process.ts';
import { RealServer } from '../testing/real-server.ts';

const FILE = [
  'providers: [{ name: hand, driver: static }, { name: local, driver: process, stopOnDispose: true }]',
  'pools:',
  '  - { name: lab, provider: hand, kind: board }',
  '  - { name: store, provider: hand, kind: board }',
  '  - { name: bad, provider: local, size: { desired: 0 }, template: { command: [sleep, "99999"], ready: { tcp: true }, readyTimeout: 5m } }',
  '',
].join('\n');

let server: RealServer;
let cli: CommandLine;
beforeAll(async () => {
  server = await RealServer.start(FILE);
  cli = new CommandLine(server, { columns: 300 });
  for (const name of ['b1', 'b2', 'b3']) await cli.run('resource', 'register', name, '--pool', 'lab');
});
afterAll(() => server[Symbol.asyncDispose]());

const show = (name: string, pool = 'lab') => cli.json<Resource>('resource', 'show', name, '--pool', pool);

test('a resource is registered with everything that is said of it', async () => {
  const { stdout } = await cli.run(
    ...words('resource register full --pool store --label arch=arm64 --params'),
    '{ram: 8, os: {a: 1}}',
    ...words('--address 10.0.0.4 --address host.example --endpoint ssh=ssh://10.0.0.4'),
  );
  expect(steady(stdout)).toBe('registered full (res_000000000000000000) of store: it is free\n');
  expect(await show('full', 'store')).toMatchObject({
    labels: { arch: 'arm64' },
    params: { ram: 8, os: { a: 1 } },
    addresses: ['10.0.0.4', 'host.example'],
    endpoints: { ssh: 'ssh://10.0.0.4' },
  });
});

test('what is said is changed and the rest stays; a null and --unlabel take away', async () => {
  await cli.run(
    ...words('resource set full --pool store --label fast=yes --unlabel arch'),
    ...words('--params'),
    '{ram: null, cpus: 2}',
    ...words('--endpoint http=http://10.0.0.4 --evictable yes'),
  );
  expect(await show('full', 'store')).toMatchObject({
    labels: { fast: 'yes' },
    params: { os: { a: 1 }, cpus: 2 },
    endpoints: { ssh: 'ssh://10.0.0.4', http: 'http://10.0.0.4' },
    evictable: true,
  });
});

test('a name needs its pool, and an id does not', async () => {
  const { id } = await show('b1');
  expect((await cli.run('resource', 'show', id)).code).toBe(0);
  const unclear = await cli.run('resource', 'show', 'b1');
  expect(unclear.code).toBe(2);
  expect(unclear.stderr).toContain('--pool POOL');
  const elsewhere = await cli.run('resource', 'show', 'b1', '--pool', 'store');
  expect(elsewhere.code).toBe(5);
  expect(elsewhere.stderr).toContain('poolkeeper resource list --pool store');
});

test('several are quarantined and taken back in one call, and the one that fails keeps none from it', async () => {
  const away = await cli.run(
    'resource',
    'quarantine',
    'b1',
    'b9',
    'b2',
    '--pool',
    'lab',
    '--reason',
    'smells',
  );
  expect(steady(away.stdout)).toBe(
    'quarantined b1 (res_000000000000000000): it is quarantined\nquarantined b2 (res_000000000000000000): it is quarantined\n',
  );
  expect(away.stderr).toContain('b9: Pool "lab" has no resource "b9".');
  expect(away.code).toBe(5);
  const back = await cli.json<{ items: { reference: string; result: Resource }[] }>(
    'resource',
    'retry',
    'b1',
    'b2',
    '--pool',
    'lab',
  );
  expect(back.items.map(({ reference, result }) => [reference, result.status])).toEqual([
    ['b1', 'free'],
    ['b2', 'free'],
  ]);
});

test('a leased one is retired when it comes back; a moved one has another pool', async () => {
  await cli.run('resource', 'set', 'b3', '--pool', 'lab', '--label', 'only=b3');
  const { id } = await cli.json<{ id: string }>('lease', 'acquire', '--pool', 'lab', '--match', 'only=b3');
  expect((await cli.run('resource', 'retire', 'b3', '--pool', 'lab')).stdout).toMatch(
    /^retired b3 \(res_\w+\): it is leased, given up when it comes back\n$/,
  );
  expect((await cli.run('resource', 'explain', 'b3', '--pool', 'lab')).stdout).toContain(
    `It comes back when its lease ends: "poolkeeper lease show ${id}".`,
  );
  await cli.run('lease', 'release', id);
  expect((await cli.run('resource', 'move', 'b2', '--pool', 'lab', '--to', 'store')).stdout).toMatch(
    /^moved to store: b2 /,
  );
  expect((await show('b2', 'store')).pool).toBe('store');
});

describe('what is held', () => {
  let held: Resource;
  beforeAll(async () => {
    await cli.run('pool', 'set', 'bad', '--size', '1');
    const found = async () => (await cli.json<Page<Resource>>('resource', 'list', '--pool', 'bad')).items[0];
    const { id } = await eventually(found);
    await cli.run('resource', 'hold', id, '--reason', 'let me look');
    held = await eventually(async () => {
      const one = await cli.json<Resource>('resource', 'show', id);
      return one.hold === null ? undefined : one;
    });
  });

  test('is explained: what goes on, what to do, then how it came to this', async () => {
    const { stdout } = await cli.run('resource', 'explain', held.id);
    const [first, second] = stdout.split('\n');
    expect(first).toMatch(/^bad-\w+ of pool bad: It is held while \w+: .*let me look/);
    expect(second).toMatch(/^Nothing goes on by itself: "poolkeeper resource retry/);
    expect(stdout).toContain('What happened last');
    expect(stdout).toContain('resource.held');
  });

  test('is seen in the pool, with what to do', async () => {
    const { stdout } = await cli.run('pool', 'explain', 'bad');
    expect(stdout).toContain('Look at what is held, then "poolkeeper resource retry"');
    expect(stdout).toContain('let me look');
  });

  test('is skipped only with a reason, and retired without one', async () => {
    const bare = await cli.run('resource', 'skip', held.id);
    expect(bare.code).toBe(2);
    expect(bare.stderr).toContain("required option '--reason <text>'");
    await cli.run('pool', 'set', 'bad', '--size', '0');
    expect((await cli.run('resource', 'retire', held.id)).code).toBe(0);
  });
});

test('the life of a resource is told, oldest first', async () => {
  const { stdout } = await cli.run('resource', 'events', 'b1', '--pool', 'lab');
  const types = stdout.split('\n').flatMap((line) => /(resource\.\w+)/.exec(line)?.[1] ?? []);
  expect(types.slice(0, 2)).toEqual(['resource.entered', 'resource.quarantined']);
  expect(stdout.split('\n')[0]).toMatch(/^SEQ +AT +EVENT/);
});

test('a version is of one resource', async () => {
  const { code, stderr } = await cli.run(
    'resource',
    'retire',
    'a',
    'b',
    '--pool',
    'lab',
    '--if-version',
    '1',
  );
  expect(code).toBe(2);
  expect(stderr).toContain('several are named');
});

describe('credentials', () => {
  const set = (input: string, ...more: string[]) =>
    new CommandLine(server, { columns: 300, input }).run(
      'resource',
      'set-credentials',
      'b1',
      '--pool',
      'lab',
      ...more,
    );

  test('are set part by part, from standard input or a file, and taken away', async () => {
    expect((await set('user: ann\npassword: "0123"')).stdout).toBe(
      'set the current credentials of b1 (version 1)\n',
    );
    const folder = mkdtempSync(join(tmpdir(), 'poolkeeper-cli-'));
    writeFileSync(join(folder, 'boss.json'), '{"token": "boss-token"}');
    const fromFile = await set('', '--part', 'management', '--file', join(folder, 'boss.json'), '--json');
    rmSync(folder, { recursive: true });
    expect(JSON.parse(fromFile.stdout)).toMatchObject({ version: 2, current: {}, management: {} });
    expect(fromFile.stdout).not.toMatch(/0123|boss-token/);
    expect((await set('', '--remove')).stdout).toBe('b1 has no current credentials any more\n');
    expect((await set('', '--remove', '--part', 'management')).stdout).toBe(
      'b1 has no management credentials any more\n',
    );
    expect(await show('b1')).not.toHaveProperty('hasCredentials');
  });

  test.each([
    ['', 'There is nothing in standard input'],
    ['hunter2-hunter2', 'no map of names to texts'],
    ['[hunter2-hunter2]', 'no map of names to texts'],
    ['user: {password: hunter2-hunter2}', 'no map of names to texts'],
    ['{"password": "hunter2-hunter2', 'neither JSON nor YAML'],
    ['a: &x hunter2-hunter2\nb: *x', 'neither JSON nor YAML'],
    ['{}', 'There is no text in it'],
    ['a b: hunter2-hunter2', 'A name in it is none'],
    ['hunter2 hunter2: pass', 'A name in it is none'],
  ])('of %j are refused, set nothing, and are not repeated', async (input, why) => {
    const refused = await set(input);
    expect([refused.code === 0, refused.stdout]).toEqual([false, '']);
    expect(refused.stderr).toContain(why);
    expect(refused.stderr).not.toContain('hunter2');
    expect(await show('b1')).not.toHaveProperty('hasCredentials');
  });

  test('are not taken away and given in one breath, and no part is made up', async () => {
    const both = await set('', '--remove', '--file', 'any.json');
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('--file') });
    const pending = await set('a: b', '--part', 'pending');
    expect(pending).toMatchObject({ code: 2, stderr: expect.stringContaining('current, management') });
    const nobody = await set('', '--file', '/there/is/none');
    expect([nobody.code === 0, nobody.stderr]).toEqual([false, expect.stringContaining('/there/is/none')]);
  });
});
