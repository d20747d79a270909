import type { MovedMembers, Pool } from '@poolkeeper/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CommandLine, steady, words } from '../testing/in-process.ts';
import { RealServer } from '../testing/real-server.ts';

const FILE = [
  'providers: [{ name: hand, driver: static }]',
  'pools:',
  '  - { name: arm, provider: hand, parent: lab }',
  '  - { name: lab, provider: hand, parent: store }',
  '  - { name: store, provider: hand, resources: [{ name: b1, labels: { arch: arm64 } }, { name: b2 }, { name: b3 }] }',
  '  - { name: web, provider: hand }',
  '',
].join('\n');

let server: RealServer;
let cli: CommandLine;
beforeAll(async () => {
  server = await RealServer.start(FILE);
  cli = new CommandLine(server, { columns: 300 });
});
afterAll(() => server[Symbol.asyncDispose]());

const run = (line: string) => cli.run(...words(line));

test('the tree is drawn under its root, with what each pool has', async () => {
  expect((await run('pool tree')).stdout).toBe(
    [
      'default  no pool of this name',
      '├─ store  3 members, 3 free, 0 leased',
      '│  └─ lab  0 members, 0 free, 0 leased',
      '│     └─ arm  0 members, 0 free, 0 leased',
      '└─ web  0 members, 0 free, 0 leased',
      '',
    ].join('\n'),
  );
});

test('a pool is hung under another one, and back under the root', async () => {
  expect((await run('pool set web --parent lab')).code).toBe(0);
  expect((await cli.json<Pool>('pool', 'show', 'web')).parent).toBe('lab');
  await run('pool set web --parent default');
  expect((await cli.json<Pool>('pool', 'show', 'web')).parent).toBeNull();
  const { code, stderr } = await run('pool set store --parent arm');
  expect([code, stderr]).toEqual([2, expect.stringContaining('would hang under itself')]);
});

describe('members', () => {
  test('come from the pool above, go back there, and go where it is said', async () => {
    const added = await run('pool add-members lab --count 2');
    expect(steady(added.stdout)).toBe(
      [
        'added b1 (res_000000000000000000): it is free in lab',
        'added b2 (res_000000000000000000): it is free in lab',
        '',
      ].join('\n'),
    );
    const moved = await cli.json<MovedMembers>(...words('pool remove-members lab b1 --to web --wait 10s'));
    expect(moved.items.map(({ name, pool }) => [name, pool])).toEqual([['b1', 'web']]);
    const back = await run('pool remove-members web --all --match arch=arm64 --to lab');
    expect(back.stdout).toContain('moved b1');
  });

  test('stay where too few can move, with the reasons', async () => {
    const { code, stderr } = await run('pool add-members arm b1 b9');
    expect(code).toBe(7);
    expect(stderr).toContain('1 of at least 2 can move from pool "lab" to pool "arm", so none was moved.');
    expect(stderr).toContain('"b9" is not in pool "lab"');
  });

  test('of the top go nowhere until it is said where', async () => {
    const { code, stderr } = await run('pool remove-members store');
    expect([code, stderr]).toEqual([5, expect.stringContaining('there is no pool "default"')]);
  });

  test('that do not fit are no fault where all are asked for', async () => {
    const { code, stdout } = await run('pool add-members lab --all --match arch=riscv');
    expect([code, stdout]).toEqual([0, 'No resource fits, so none was moved.\n']);
  });
});
