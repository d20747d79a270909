import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../testing/cli-process.ts';
import { RealServer } from '../testing/real-server.ts';
import { StandIn } from '../testing/stand-in.ts';
import type { Answer } from '../testing/stand-in.ts';
import type { Finding } from './finding.ts';

const FILE = 'providers: [{ name: hand, driver: static }]\npools:\n  - { name: a, provider: hand }\n';

type Report = { isHealthy: boolean; findings: Finding[] };

let server: RealServer;
beforeAll(async () => {
  server = await RealServer.start(FILE);
});
afterAll(() => server[Symbol.asyncDispose]());

async function examine(
  env: Record<string, string>,
  ...args: string[]
): Promise<{ code: number | string; report: Report; text: string; of: (subject: string) => Finding[] }> {
  const { stdout, stderr, code } = await runCli(['doctor', '--json', ...args], { env, cwd: server.folder });
  if (stdout === '') throw new Error(stderr);
  const report = JSON.parse(stdout) as Report;
  const of = (subject: string): Finding[] => report.findings.filter((one) => one.subject === subject);
  return { code, report, text: stdout, of };
}

describe('on this machine', () => {
  test('a server that is well is said to be well, line by line', async () => {
    const { stdout, code } = await runCli(['doctor', '--config', 'poolkeeper.yaml', '--data', 'data'], {
      cwd: server.folder,
    });
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.at(-1)).toBe('All is well.');
    expect(stdout).toContain('poolkeeper.yaml is valid: 1 provider, 1 pool.');
    expect(stdout).toContain(`a server uses it, process ${server.process.child.pid}.`);
    expect(stdout).toContain(`${server.url} answers in `);
    expect(stdout).toContain('The token is admin, with the role admin; it does not expire.');
    expect(stdout).not.toContain(server.token);
  });

  test('a wrong file is a problem that says where, and ends like any wrong input', async () => {
    writeFileSync(join(server.folder, 'wrong.yaml'), 'providers: []\npool: []\n');
    const { code, of } = await examine(server.env, '--config', 'wrong.yaml');
    expect(code).toBe(2);
    expect(of('configuration')[0]?.message).toContain(
      'wrong.yaml:2:1: pool: there is no member "pool" here; did you mean "pools"?',
    );
  });

  test('a folder that is no data folder, and a token file that others may read', async () => {
    writeFileSync(join(server.folder, 'file'), '');
    const nowhere = await examine(server.env, '--data', 'file');
    expect(nowhere.of('data')[0]).toMatchObject({ state: 'problem' });
    expect(nowhere.code).toBe(8);
    chmodSync(join(server.folder, 'data', 'admin.token'), 0o644);
    const open = await examine({}, '--data', 'data');
    chmodSync(join(server.folder, 'data', 'admin.token'), 0o600);
    expect(open.of('data').map(({ state }) => state)).toEqual(['ok', 'warning']);
    expect(open.code).toBe(0);
  });

  test('settings that no server starts with', async () => {
    const { code, of } = await examine({ ...server.env, POOLKEEPER_LISTEN: 'everywhere' });
    expect(code).toBe(2);
    expect(of('settings')[0]?.message).toContain('POOLKEEPER_LISTEN: "everywhere" is not allowed');
  });
});

describe('of the token', () => {
  test('none, a wrong one, and one that ends soon are told apart, and none is printed', async () => {
    const none = await examine({ POOLKEEPER_URL: server.url });
    expect(none.of('token')[0]).toMatchObject({
      state: 'problem',
      message: 'There is no token to show the server.',
    });
    expect(none.code).toBe(4);
    const wrong = await examine({ POOLKEEPER_URL: server.url, POOLKEEPER_TOKEN: 'pk_wrong' });
    expect(wrong.of('token')[0]?.message).toContain('does not know this token');
    expect(wrong.text).not.toContain('pk_wrong');
    const created = await server.json<{ secret: string }>(
      'token',
      'create',
      '--name',
      'ci',
      '--role',
      'holder',
      '--pool',
      'a',
      '--ttl',
      '2d',
    );
    const soon = await examine({ POOLKEEPER_URL: server.url, POOLKEEPER_TOKEN: created.secret });
    expect(soon.of('token')[0]).toMatchObject({ state: 'warning' });
    expect(soon.of('token')[0]?.message).toMatch(
      /^The token is ci, with the role holder for a; it expires in 1d 23h/,
    );
    expect(soon.text).not.toContain(created.secret);
    expect(soon.code).toBe(0);
  });
});

describe('of the way to the server', () => {
  test('nobody listens, there is no such host, and what answers is something else', async () => {
    const free = await freePort();
    const refused = await examine({ POOLKEEPER_URL: `http://127.0.0.1:${free}` });
    expect(refused.of('server')[0]?.message).toBe(
      `Nothing listens at 127.0.0.1:${free}: no server runs there.`,
    );
    expect(refused.code).toBe(3);
    await using other = await StandIn.start(() => ({ status: 200, body: '<h1>hello</h1>' }));
    const foreign = await examine({ POOLKEEPER_URL: other.url });
    expect(foreign.of('server')[0]?.message).toContain('it is no Poolkeeper server');
    const wrongScheme = await examine({ POOLKEEPER_URL: server.url.replace('http:', 'https:') });
    expect(wrongScheme.of('server')[0]?.message).toContain('answers without TLS');
  });

  test('a proxy that cuts the connection', async () => {
    await using cut = await StandIn.start(() => 'cut');
    const { of } = await examine({ POOLKEEPER_URL: cut.url });
    expect(of('server')[0]?.message).toContain('hangs up without an answer');
  });
});

describe('of a server', () => {
  test('another release, another time, no work taken, resources that wait and a provider left alone are told', async () => {
    const answers: Record<string, Answer> = {
      'GET /healthz': {
        status: 200,
        body: { status: 'up', version: '9.9.9' },
        headers: { date: new Date(Date.now() - 3_600_000).toUTCString() },
      },
      'GET /readyz': { status: 503, body: { detail: 'The server is failing: the disk is full' } },
      'GET /v1/tokens/self': {
        status: 200,
        body: { name: 'ops', role: 'viewer', pools: null, expiresAt: null },
      },
      'GET /v1/pools': {
        status: 200,
        body: {
          items: [
            { name: 'web', held: 2, resources: { quarantined: 1 } },
            { name: 'db', held: 0, resources: {} },
          ],
          next: null,
        },
      },
      'GET /v1/providers': {
        status: 200,
        body: {
          items: [
            { name: 'cloud', state: 'open', summary: 'It is left alone until 10:00.' },
            { name: 'local', state: 'ok', summary: '' },
          ],
          next: null,
        },
      },
    };
    await using sick = await StandIn.start(({ route }) => answers[route] ?? { status: 404, body: {} });
    const { code, of } = await examine({ POOLKEEPER_URL: sick.url, POOLKEEPER_TOKEN: 'pk_x' });
    expect(of('versions')[0]?.message).toContain('the server 9.9.9');
    expect(of('clock')[0]?.message).toMatch(
      /^The clock of this machine is (59m 5\d|1h)\S* ahead of the server's/,
    );
    expect(of('readiness')[0]?.message).toBe(
      'The server takes no work: The server is failing: the disk is full',
    );
    expect(of('resources')[0]).toMatchObject({ state: 'warning' });
    expect(of('resources')[0]?.message).toMatch(/^3 resources .*: web\.$/);
    expect(of('providers')[0]).toMatchObject({
      state: 'warning',
      message: 'cloud is open: It is left alone until 10:00.',
    });
    expect(code).toBe(8);
  });
});

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  const { port } = listener.address() as AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  return port;
}
