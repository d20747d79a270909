import { expect, test } from 'vitest';
import { aLease } from '../client/testing/stand-in-fetch.ts';
import { CliProcess, runCli } from './testing/cli-process.ts';
import { StandIn } from './testing/stand-in.ts';
import type { Answer } from './testing/stand-in.ts';

/** What happens when answers are lost, late or strange: against a stand-in, for a real server does it rarely. */

const LEASE = aLease();

const ok = (body: unknown): Answer => ({ status: 200, body });
const problem = (status: number, code: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: { title: code, status, detail: `It says ${code}.`, instance: 'req_1', code, errors: [] },
});
const run = (server: StandIn, ...args: string[]) =>
  runCli(args, { env: { POOLKEEPER_URL: server.url, POOLKEEPER_TOKEN: 'pk_token' } });

test('a lease whose answer was lost is asked for again under the same key, and given back once', async () => {
  await using server = await StandIn.start(({ route }, before) =>
    route === 'POST /v1/leases' && before === 0 ? 'cut' : ok(LEASE),
  );
  expect((await run(server, 'lease', 'run', '--pool', 'web', '--', 'true')).code).toBe(0);
  const asked = server.seen.filter(({ route }) => route === 'POST /v1/leases');
  expect(asked.length).toBe(2);
  expect(asked[0]?.key).toMatch(/^[0-9a-f]{32}$/);
  expect(asked[1]).toEqual(asked[0]);
  expect(asked[0]).toMatchObject({ token: 'Bearer pk_token', body: { pool: 'web', heartbeat: '1m' } });
  expect(server.seen.at(-1)?.route).toBe('DELETE /v1/leases/lse_1');
});

test('giving back is repeated until it is answered', async () => {
  await using server = await StandIn.start(({ route }, before) =>
    route.startsWith('DELETE') && before < 2 ? problem(503, 'stopping', { 'retry-after': '0' }) : ok(LEASE),
  );
  const { code, stderr } = await run(server, 'lease', 'run', '--pool', 'web', '--', 'true');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(server.seen.filter(({ route }) => route.startsWith('DELETE')).length).toBe(3);
});

test('a lease that cannot be given back is named, and the exit code is still that of the command', async () => {
  await using server = await StandIn.start(({ route }) =>
    route.startsWith('DELETE') ? problem(500, 'internal') : ok(LEASE),
  );
  const { code, stderr } = await run(
    server,
    'lease',
    'run',
    '--pool',
    'web',
    '--',
    process.execPath,
    '-e',
    'process.exit(3)',
  );
  expect(code).toBe(3);
  expect(stderr).toContain('lease lse_1 could not be given back: It says internal.');
  expect(stderr).toContain('when its heartbeat has been missing for 1m');
});

test('a server that goes away while the request waits in the queue is asked on', async () => {
  const queued = { ...LEASE, status: 'queued', grantedAt: null, expiresAt: null, position: 4 };
  await using server = await StandIn.start(({ route }, before) => {
    if (route === 'POST /v1/leases') return ok(queued);
    if (route === 'GET /v1/leases/lse_1/credentials') return problem(404, 'no_credentials');
    return route.startsWith('GET') && before < 6 ? 'cut' : ok(LEASE);
  });
  const { code, stderr } = await run(server, 'lease', 'run', '--pool', 'web', '--', 'true');
  expect(stderr).toContain('waiting for web: number 4 in line');
  expect(code).toBe(0);
});

test('a lease that ends while it waits is said to have ended', async () => {
  const queued = { ...LEASE, status: 'queued', grantedAt: null, expiresAt: null, position: 1 };
  await using server = await StandIn.start(({ route }) =>
    ok(route === 'POST /v1/leases' ? queued : { ...queued, status: 'ended', endReason: 'pool_removed' }),
  );
  const { code, stderr } = await run(server, 'lease', 'run', '--pool', 'web', '--', 'true');
  expect(code).toBe(6);
  expect(stderr).toContain('Lease lse_1 ended before it was granted: its pool was removed.');
});

test.each<[what: string, answer: Answer, code: number, text: string, asked: number]>([
  ['not now', problem(503, 'store_unavailable', { 'retry-after': '0' }), 8, 'Try again in a moment', 5],
  [
    'too much at once',
    problem(429, 'too_many_requests', { 'retry-after': '0' }),
    7,
    'It says too_many_requests',
    5,
  ],
  [
    'over quota, which no repetition mends',
    problem(429, 'over_quota', { 'retry-after': '0' }),
    7,
    'lease release',
    1,
  ],
  ['a defect of the server', problem(500, 'internal'), 1, 'report it with the id of the request: req_1', 1],
  ['a code that is newer than we are', problem(409, 'brand_new'), 6, 'It says brand_new.', 1],
  [
    'a page that is none of a Poolkeeper',
    { status: 200, body: '<html>' },
    3,
    'not one of a Poolkeeper server',
    1,
  ],
  [
    'a redirection',
    { status: 302, body: '', headers: { location: 'https://elsewhere.example/' } },
    3,
    'a redirection to https://elsewhere.example/',
    1,
  ],
  [
    'a proxy without a server behind it',
    { status: 502, body: 'bad gateway', headers: { 'retry-after': '0' } },
    3,
    'status 502',
    5,
  ],
])('%s', async (_what, answer, code, text, asked) => {
  await using server = await StandIn.start(() => answer);
  const result = await run(server, 'pool', 'list');
  expect(result.stderr).toContain(text);
  expect(result.code).toBe(code);
  expect(server.seen.length).toBe(asked);
});

test('a token that is made is not asked for twice: a second one could not be told from the first', async () => {
  await using server = await StandIn.start(() => 'cut');
  const { code } = await run(server, 'token', 'create', '--name', 'ci', '--role', 'holder');
  expect(code).toBe(3);
  expect(server.seen.length).toBe(1);
});

test('a list is followed over its pages, up to the limit', async () => {
  const pool = (name: string) => ({
    name,
    kind: 'machine',
    provider: 'p',
    resources: {},
    target: null,
    held: 0,
    queued: 0,
    status: 'open',
  });
  await using server = await StandIn.start((_request, before) =>
    ok({ items: [pool(`a${before}`), pool(`b${before}`)], next: before < 5 ? `c${before}` : null }),
  );
  const { stdout, stderr } = await run(server, 'pool', 'list', '--limit', '4');
  expect(stdout.match(/^[ab]\d/gm)).toEqual(['a0', 'b0', 'a1', 'b1']);
  expect(stderr).toContain('There are more');
});

test('an interruption does not wait for ever for a server that takes requests and answers none', async () => {
  await using server = await StandIn.start(() => 'silence');
  await using cli = new CliProcess(['lease', 'run', '--pool', 'web', '--', 'true'], {
    env: { POOLKEEPER_URL: server.url },
  });
  await cli.until(() => server.seen.length > 0);
  cli.child.kill('SIGINT');
  expect(await cli.ended).toBe(130);
});
