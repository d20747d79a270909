import type { Lease } from '@poolkeeper/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CommandLine, steady, words } from '../testing/in-process.ts';
import { RealServer } from '../testing/real-server.ts';

const FILE = [
  'providers: [{ name: hand, driver: static }]',
  'pools: [{ name: boards, provider: hand, kind: board }]',
  '',
].join('\n');

let server: RealServer;
let cli: CommandLine;
let first: Lease;
beforeAll(async () => {
  server = await RealServer.start(FILE);
  cli = new CommandLine(server);
  await cli.run('resource', 'register', 'b1', '--pool', 'boards', '--label', 'arch=arm64');
  first = await cli.json<Lease>(
    'lease',
    'acquire',
    '--pool',
    'boards',
    '--duration',
    '20m',
    '--heartbeat',
    '10m',
  );
});
afterAll(() => server[Symbol.asyncDispose]());

/** A request that waits, and stays when this returns. */
async function queue(...args: string[]): Promise<string> {
  const response = await fetch(`${server.url}/v1/leases`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ pool: 'boards', ...(JSON.parse(args[0] ?? '{}') as object) }),
  });
  return ((await response.json()) as Lease).id;
}

test('an active lease is explained: who has what until when, and how to change that', async () => {
  const { stdout } = await cli.run('lease', 'explain', first.id);
  expect(steady(stdout)).toBe(
    `It is active: admin has b1 until 2026-03-01 10:00:00 (then).
It ends early without a heartbeat every 10m;
"poolkeeper lease renew lse_000000000000000000" makes it longer,
"poolkeeper lease release lse_000000000000000000" ends it.

lease      lse_000000000000000000
status     active
holder     admin
asked for  boards
since      2026-03-01 10:00:00 (then)
`.replace('every 10m', 'every then'),
  );
});

test('a waiting lease is explained: its place, when it may start, what to do, who is in the way', async () => {
  const id = await queue();
  const { stdout } = await cli.run('lease', 'explain', id);
  // The span of the table is as wide as it is long.
  expect(steady(stdout).replace(/then +b1/, 'then  b1'))
    .toBe(`It is first in line and waits for 1 more of pool "boards": 1 leased. It is
expected to start then, if nobody ends early.
Wait, or see who has what with "poolkeeper lease list --pool boards";
"poolkeeper lease release lse_000000000000000000" withdraws it.

lease      lse_000000000000000000
status     queued #1
holder     admin
asked for  boards
since      2026-03-01 10:00:00 (then)
expected   2026-03-01 10:00:00 (then)

1 of boards: has 0; 1 of 1 members can serve it
MEMBERS  ARE     FREE AGAIN  SUCH AS
      1  leased  then  b1 (lse_000000000000000000)
`);
  expect((await cli.run('lease', 'release', id)).stdout).toBe(`released ${id}\n`);
});

test('a lease that can never be granted is told so', async () => {
  const id = await queue('{"match":{"arch":"riscv"}}');
  const { stdout } = await new CommandLine(server, { columns: 300 }).run('lease', 'explain', id);
  expect(stdout).toContain('As the pool is now it can never be granted');
  expect(stdout).toContain('ask for other labels or another filter');
  await cli.run('lease', 'release', id);
});

test('a heartbeat and a renewal say when it ends now', async () => {
  expect(steady((await cli.run('lease', 'heartbeat', first.id)).stdout)).toBe(
    'heard of lse_000000000000000000: it ends 2026-03-01 10:00:00 (then), the next heartbeat is due 2026-03-01 10:00:00 (then)\n',
  );
  const renewed = await cli.json<Lease>('lease', 'renew', first.id, '--duration', '40m');
  expect(renewed.expiresAt).not.toBe(first.expiresAt);
});

test('an ended lease says how it ended, and what next', async () => {
  const { stdout, stderr, code } = await cli.run('lease', 'release', first.id, 'lse_none');
  expect(stdout).toBe(`released ${first.id}\n`);
  expect(stderr).toContain('lse_none: ');
  expect(code).toBe(5);
  const explained = await cli.run('lease', 'explain', first.id);
  expect(explained.stdout).toMatch(
    /^It ended (now|\d+s ago): somebody released it\.\nAsk for a new one: poolkeeper lease acquire --pool boards\.$/m,
  );
  expect(await cli.json<Lease>('lease', 'explain', first.id)).toMatchObject({ status: 'ended' });
});

test('what is asked for is said by --pool or by items, not by both and not by nothing', async () => {
  expect((await cli.run('lease', 'acquire')).stderr).toContain('Say --pool POOL, or --item');
  const both = await cli.run('lease', 'acquire', '--pool', 'boards', '--item', '{pool: boards}');
  expect(both.code).toBe(2);
  const several = await cli.json<Lease>(
    ...words('lease acquire --item'),
    '{pool: boards, count: 2, minimum: 1}',
    ...words('--label run=7 --note x'),
  );
  expect(several).toMatchObject({ status: 'active', labels: { run: '7' } });
  expect(several.resources.length).toBe(1);
  await cli.run('lease', 'release', several.id);
});

test('a script gets the id of its lease alone, and gives it back by that', async () => {
  await cli.run('resource', 'register', 'b9', '--pool', 'boards', '--label', 'arch=riscv');
  const { stdout } = await cli.run(
    'lease',
    'acquire',
    '--pool',
    'boards',
    '--match',
    'arch=riscv',
    '--id-only',
  );
  expect(stdout).toMatch(/^lse_\w+\n$/);
  expect((await cli.run('lease', 'release', stdout.trim())).stdout).toBe(`released ${stdout}`);
});

test('at a terminal a status has its colour, and no escape is seen as text', async () => {
  const terminal = new CommandLine(server, { isTerminal: true, environment: { TERM: 'xterm' } });
  const { stdout } = await terminal.run('lease', 'acquire', '--pool', 'boards', '--match', 'arch=riscv');
  expect(stdout).toContain('\u001B[32mactive\u001B[39m');
  // oxlint-disable-next-line no-control-regex -- an escape without its first character is what a reader would see
  expect(stdout).not.toMatch(/(?<!\u001B)\[\d+m/);
});
