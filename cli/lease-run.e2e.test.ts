import type { Lease, Page, Pool } from '@poolkeeper/client';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, runCli } from './testing/cli-process.ts';
import { RealServer } from './testing/real-server.ts';

/** `lease run` and its neighbours as real processes against a real server. */
const CONFIGURATION = `
providers:
  - { name: hand, driver: static }
pools:
  - name: boards
    provider: hand
    lease: { default: 1h, max: 8h, queue: priority }
    resources:
      - { name: b1, labels: { arch: arm64 }, params: { ram: 8 }, addresses: [10.0.0.7], endpoints: { web-ui: "http://10.0.0.7" } }
      - { name: b2, labels: { arch: arm64 }, params: { ram: 16 } }
  - name: one
    provider: hand
    quota: { queuedPerHolder: 3 }
    resources: [{ name: only }]
  - name: short
    provider: hand
    lease: { default: 2s, max: 1h }
    resources: [{ name: s1 }, { name: s2 }]
  - name: spare
    provider: hand
    quota: { perHolder: 1 }
    resources: [{ name: x1 }, { name: x2 }]
`;

let server: RealServer;
beforeAll(async () => {
  server = await RealServer.start(CONFIGURATION);
});
afterAll(() => server[Symbol.asyncDispose]());

const node = (code: string): string[] => ['--', process.execPath, '-e', code];

/** What lives on a pool; nothing does once everything was given back. */
async function leasesOn(pool: string): Promise<readonly Lease[]> {
  return (await server.json<Page<Lease>>('lease', 'list', '--pool', pool)).items;
}

async function freeIn(name: string): Promise<number> {
  const pool = await server.json<Pool>('pool', 'show', name);
  return pool.resources['free'] ?? 0;
}

describe('a command under a lease', () => {
  test('is told what was leased, and its exit code is ours', async () => {
    const code = 'console.log(JSON.stringify(process.env)); process.exit(37)';
    const {
      code: exit,
      stdout,
      stderr,
    } = await server.run('lease', 'run', '--pool', 'boards', '--filter', 'params.ram == 8', ...node(code));
    expect(exit).toBe(37);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      POOLKEEPER_LEASE_ID: expect.stringMatching(/^lse_/),
      POOLKEEPER_RESOURCE_NAME: 'b1',
      POOLKEEPER_ADDRESS: '10.0.0.7',
      POOLKEEPER_ENDPOINT_WEB_UI: 'http://10.0.0.7',
      POOLKEEPER_LABEL_ARCH: 'arm64',
      POOLKEEPER_PARAM_RAM: '8',
    });
    expect(await leasesOn('boards')).toEqual([]);
  });

  test('of several resources is told each', async () => {
    const code =
      'console.log(JSON.parse(process.env.POOLKEEPER_RESOURCES).length, process.env.POOLKEEPER_2_RESOURCE_NAME)';
    const { stdout } = await server.run('lease', 'run', '--pool', 'boards', '--count', '2', ...node(code));
    expect(stdout).toMatch(/^2 b[12]\n$/);
  });

  test('gets its arguments as they are: there is no shell between', async () => {
    const print = 'console.log(JSON.stringify(process.argv.slice(1)))';
    const args = ['$HOME', 'two words', '*', "'", '--json', '--help', ''];
    const { stdout } = await server.run('lease', 'run', '--pool', 'boards', ...node(print), '--', ...args);
    expect(JSON.parse(stdout)).toEqual(args);
  });

  test.each([
    ['SIGTERM', 7],
    ['SIGINT', 8],
    ['SIGHUP', 9],
  ] as const)('gets %s, and ends as it likes', async (signal, code) => {
    const script = `process.once('${signal}', () => process.exit(${code})); setInterval(() => {}, 1000); console.log('up')`;
    await using run = server.start('lease', 'run', '--pool', 'boards', ...node(script));
    await run.until(({ stdout }) => stdout.includes('up'));
    run.child.kill(signal);
    expect(await run.ended).toBe(code);
    expect(await leasesOn('boards')).toEqual([]);
  });

  test('that a signal ends gives the code that a shell would give, and the lease back', async () => {
    const { code } = await server.run(
      'lease',
      'run',
      '--pool',
      'boards',
      ...node(`process.kill(process.pid, 'SIGKILL')`),
    );
    expect(code).toBe(128 + 9);
    expect(await leasesOn('boards')).toEqual([]);
  });

  test('that is not there, or may not be run, gives the lease back', async () => {
    const missing = await server.run('lease', 'run', '--pool', 'boards', '--', 'no-such-command-here');
    expect(missing.code).toBe(127);
    expect(missing.stderr).toContain('there is no command "no-such-command-here"');
    writeFileSync(join(server.folder, 'plain.txt'), 'text');
    const refused = await server.run('lease', 'run', '--pool', 'boards', '--', './plain.txt');
    expect(refused.code).toBe(126);
    expect(await leasesOn('boards')).toEqual([]);
  });

  test('is ended when its lease is taken away; one that will not end is killed', async () => {
    const stubborn = `process.on('SIGTERM', () => console.log('asked')); setInterval(() => {}, 1000); console.log('up')`;
    const args = ['lease', 'run', '--pool', 'boards', '--heartbeat', '600ms', '--kill-after', '300ms'];
    await using run = server.start(...args, ...node(stubborn));
    await run.until(({ stdout }) => stdout.includes('up'));
    const [lease] = await leasesOn('boards');
    await server.run('lease', 'release', lease?.id ?? '');
    expect(await run.ended).toBe(10);
    expect(run.stdout).toContain('asked');
    expect(run.stderr).toContain('is lost: somebody released it');
  });

  test('keeps a lease longer than its time, where no duration was asked for', async () => {
    const { code, stderr } = await server.run(
      'lease',
      'run',
      '--pool',
      'short',
      ...node('setTimeout(() => {}, 4500)'),
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('loses its lease at the end of the duration that was asked for', async () => {
    const { code, stderr } = await server.run(
      'lease',
      'run',
      '--pool',
      'short',
      '--duration',
      '1s',
      ...node('setTimeout(() => {}, 30000)'),
    );
    expect(code).toBe(10);
    expect(stderr).toContain('its time was over');
  });

  test('leaves nothing behind when our own process is killed: the heartbeat is missed', async () => {
    await using run = server.start(
      'lease',
      'run',
      '--pool',
      'boards',
      '--heartbeat',
      '500ms',
      ...node(`console.log(process.pid); setTimeout(() => {}, 20000)`),
    );
    await run.until(({ stdout }) => stdout.includes('\n'));
    const [lease] = await leasesOn('boards');
    run.child.kill('SIGKILL');
    const ended = await eventually(async () => {
      const { status, endReason } = await server.json<Lease>('lease', 'show', lease?.id ?? '');
      return status === 'ended' ? endReason : undefined;
    });
    expect(ended).toBe('heartbeat_missed');
    process.kill(Number(run.stdout.trim()), 'SIGKILL');
    await run.ended;
  });
});

describe('waiting in the queue', () => {
  test('shows the place and its changes, then runs', async () => {
    await using first = server.start(
      'lease',
      'run',
      '--pool',
      'one',
      ...node('setTimeout(() => {}, 30000); console.log("up")'),
    );
    await first.until(({ stdout }) => stdout.includes('up'));
    await using second = server.start('lease', 'run', '--pool', 'one', ...node(''));
    await second.until(({ stderr }) => stderr.includes('waiting for one: number 1 in line'));
    await using third = server.start('lease', 'run', '--pool', 'one', ...node(''));
    await third.until(({ stderr }) => stderr.includes('waiting for one: number 2 in line'));
    second.child.kill('SIGINT');
    expect(await second.ended).toBe(130);
    await third.until(({ stderr }) => stderr.includes('number 1 in line'));
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(143);
    expect(await third.ended).toBe(0);
    expect(third.stderr).toContain('leased only');
    expect(await leasesOn('one')).toEqual([]);
  });

  test('ends after --wait, and the request is withdrawn', async () => {
    await using first = server.start(
      'lease',
      'run',
      '--pool',
      'one',
      ...node('setTimeout(() => {}, 30000); console.log("up")'),
    );
    await first.until(({ stdout }) => stdout.includes('up'));
    const { code, stderr } = await server.run(
      'lease',
      'run',
      '--pool',
      'one',
      '--wait',
      '500ms',
      ...node('console.log("ran")'),
    );
    expect(code).toBe(9);
    expect(stderr).toContain('Nothing was granted within');
    expect((await leasesOn('one')).length).toBe(1);
  });
});

describe('what is wrong is said with what to do, and the exit code says its kind', () => {
  const run = (env: Record<string, string>, ...args: string[]) =>
    runCli(args, { env: { ...server.env, ...env } });

  test.each([
    [3, 'No server answers', { POOLKEEPER_URL: 'http://127.0.0.1:1' }, ['pool', 'list']],
    [5, 'Check --url or POOLKEEPER_URL', { POOLKEEPER_URL: 'self/docs' }, ['pool', 'list']],
    [2, 'is not the address of a server', { POOLKEEPER_URL: 'ftp://x' }, ['pool', 'list']],
    [
      4,
      'POOLKEEPER_TOKEN',
      { POOLKEEPER_TOKEN: 'pk_wrong' },
      ['lease', 'run', '--pool', 'boards', '--', 'true'],
    ],
    [
      5,
      'See what there is with "poolkeeper pool list"',
      {},
      ['lease', 'run', '--pool', 'nowhere', '--', 'true'],
    ],
    [5, 'See what there is with "poolkeeper lease list"', {}, ['lease', 'show', 'lse_nothing']],
    [2, '--filter', {}, ['lease', 'run', '--pool', 'boards', '--filter', 'params.ram >', '--', 'true']],
    [2, '--duration', {}, ['lease', 'run', '--pool', 'boards', '--duration', '20h', '--', 'true']],
    [7, 'End a lease', {}, ['lease', 'run', '--pool', 'spare', '--count', '2', '--', 'true']],
    [2, 'Nothing says what to lend', {}, ['lease', 'run', '--', 'true']],
    [2, 'durations such as', {}, ['lease', 'run', '--pool', 'boards', '--wait', 'long', '--', 'true']],
    [2, 'A pair is needed', {}, ['lease', 'run', '--pool', 'boards', '--match', 'arm64', '--', 'true']],
    [2, 'Did you mean list?', {}, ['pool', 'lst']],
  ])('%i: %s', async (code, text, env: Record<string, string>, args) => {
    const url = env['POOLKEEPER_URL'] === 'self/docs' ? { POOLKEEPER_URL: `${server.url}/docs` } : env;
    const result = await run(url, ...args);
    expect(result.stderr).toContain(text);
    expect(result.code).toBe(code);
    expect(result.stdout).toBe('');
  });
});

describe('leases by hand', () => {
  test('acquire, show, explain, renew, release', async () => {
    const lease = await server.json<Lease>(
      'lease',
      'acquire',
      '--pool',
      'one',
      '--duration',
      '10m',
      '--note',
      'by hand',
    );
    expect(lease).toMatchObject({ status: 'active', note: 'by hand', duration: '10m' });
    const shown = await server.run('lease', 'show', lease.id);
    expect(shown.stdout).toMatch(/status +active/);
    expect(shown.stdout).toContain('only');
    const list = await server.run('lease', 'list', '--pool', 'one');
    expect(list.stdout).toMatch(/^LEASE +STATUS +HOLDER/);
    expect(list.stdout).toContain(lease.id);
    const explained = await server.run('lease', 'explain', lease.id);
    expect(explained.stdout).toContain('It is active: admin has only until ');
    expect((await server.json<Lease>('lease', 'renew', lease.id, '--duration', '20m')).expiresAt).not.toBe(
      lease.expiresAt,
    );
    expect((await server.run('lease', 'release', lease.id)).stdout).toBe(`released ${lease.id}\n`);
    expect((await server.run('lease', 'release', lease.id)).code).toBe(0);
    expect(await freeIn('one')).toBe(1);
  });

  test('pools, resources and tokens are listed and shown', async () => {
    const pools = await server.run('pool', 'list');
    expect(pools.stdout.split('\n').map((line) => line.split(/\s+/)[0])).toEqual([
      'POOL',
      'boards',
      'one',
      'short',
      'spare',
      '',
    ]);
    expect((await server.run('pool', 'show', 'boards')).stdout).toContain('2 registered members');
    const resources = await server.json<Page<{ id: string; name: string }>>(
      'resource',
      'list',
      '--pool',
      'boards',
      '--label',
      'arch=arm64',
    );
    expect(resources.items.map(({ name }) => name)).toEqual(['b1', 'b2']);
    expect((await server.run('resource', 'show', resources.items[0]?.id ?? '')).stdout).toContain(
      'free and on offer',
    );
    const token = await server.json<{ id: string; secret: string }>(
      'token',
      'create',
      '--name',
      'ci',
      '--role',
      'holder',
      '--pool',
      'one',
      '--ttl',
      '1h',
    );
    const env = { POOLKEEPER_URL: server.url, POOLKEEPER_TOKEN: token.secret };
    expect((await runCli(['lease', 'run', '--pool', 'one', '--', 'true'], { env })).code).toBe(0);
    expect((await runCli(['token', 'list'], { env })).code).toBe(4);
    expect((await server.run('token', 'list')).stdout).toMatch(/ci +holder +one/);
    expect((await server.run('token', 'revoke', token.id)).stdout).toContain('revoked ci');
    expect((await runCli(['pool', 'list'], { env })).code).toBe(4);
  });

  test('a server of this machine is found by its data folder', async () => {
    const { code, stdout } = await runCli(['pool', 'list'], {
      env: { POOLKEEPER_DATA: join(server.folder, 'data') },
    });
    expect(code).toBe(0);
    expect(stdout).toContain('boards');
  });

  test('a token may come from a file', async () => {
    const env = {
      POOLKEEPER_URL: server.url,
      POOLKEEPER_TOKEN_FILE: join(server.folder, 'data', 'admin.token'),
    };
    expect((await runCli(['pool', 'list'], { env })).code).toBe(0);
    expect(readFileSync(env.POOLKEEPER_TOKEN_FILE, 'utf8')).toContain(server.token);
  });
});

test('a command outlives a server that is started again, and its lease is kept', async () => {
  const before = await RealServer.start(CONFIGURATION);
  const { port } = new URL(before.url);
  await using run = before.start(
    'lease',
    'run',
    '--pool',
    'one',
    '--heartbeat',
    '15s',
    ...node(
      'process.once("SIGUSR2", () => process.exit(5)); setInterval(() => {}, 1000); console.log(process.pid)',
    ),
  );
  await run.until(({ stdout }) => stdout.includes('\n'));
  expect(await before.stop()).toBe(0);
  await run.until(({ stderr }) => stderr.includes('a heartbeat failed, trying on'));
  await using after = await RealServer.start(CONFIGURATION, {
    folder: before.folder,
    listen: `127.0.0.1:${port}`,
  });
  await run.until(({ stderr }) => stderr.includes('heartbeats are answered again'));
  process.kill(Number(run.stdout.trim()), 'SIGUSR2');
  expect(await run.ended).toBe(5);
  expect((await after.json<Page<Lease>>('lease', 'list')).items).toEqual([]);
});
