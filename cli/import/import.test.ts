import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CommandLine } from '../testing/in-process.ts';
import { RealServer } from '../testing/real-server.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poolkeeper-import-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string): string => join(folder, name);

/** A command as it is typed. */
function here(env: Record<string, string>, ...args: string[]): ReturnType<CommandLine['run']> {
  return new CommandLine({ env, folder }).run(...args);
}

test('a configuration of Boskos with its objects becomes pools, with who has what', async () => {
  writeFileSync(join(folder, 'config.yaml'), 'resources: [{ type: gce, state: dirty, names: [p1, p2] }]\n');
  const item = (name: string, status: object): object => ({
    apiVersion: 'boskos.k8s.io/v1',
    kind: 'ResourceObject',
    metadata: { name },
    spec: { type: 'gce' },
    status,
  });
  const items = [item('p1', { state: 'busy', owner: 'job-1', userData: { key: '${env.HOME}' } })];
  writeFileSync(join(folder, 'objects.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const run = (...args: string[]) => here({}, 'import', 'boskos', ...args);
  const { code, stderr } = await run(
    '--from',
    'config.yaml',
    '--from',
    'objects.json',
    '--out',
    'pools.yaml',
  );
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('User data of 1 resource is written in the clear');
  expect(statSync(join(folder, 'pools.yaml')).mode & 0o777).toBe(0o600);
  expect(parse(readFileSync(join(folder, 'pools.yaml'), 'utf8'))).toEqual({
    providers: [{ name: 'boskos', driver: 'static' }],
    pools: [
      {
        name: 'gce',
        provider: 'boskos',
        kind: 'resource',
        stages: { type: 'gce', initial: 'dirty' },
        resources: [
          { name: 'p1', stage: { name: 'busy', holder: 'job-1', data: { key: '$${env.HOME}' } } },
          { name: 'p2', stage: { name: 'dirty' } },
        ],
      },
    ],
  });
  const again = await run('--from', 'config.yaml', '--out', 'pools.yaml');
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('it is there already')]);
});

type Answers = Readonly<Record<string, { readonly status?: number; readonly body: string }>>;

/** A server that answers by path, and remembers who asked. Other paths are 404. */
async function standIn(answers: Answers): Promise<AsyncDisposable & { url: string; logins: Set<string> }> {
  const logins = new Set<string>();
  const server = createServer(({ url = '', headers }, response) => {
    logins.add(headers.authorization ?? 'nobody');
    const { status = 200, body } = answers[url] ?? answers['*'] ?? { status: 404, body: 'not here' };
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    logins,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const OBJECTS = '/apis/boskos.k8s.io/v1/namespaces/ci';
const LONG = `${'a'.repeat(63)}.${'b'.repeat(63)}`;

test('the objects of a Kubernetes API become what a server takes once, and has then', async () => {
  const stored = (type: string, name: string, status: object): object => ({
    metadata: { name },
    spec: { type },
    status,
  });
  const resources = [
    stored('gce', LONG, { state: 'busy', owner: 'job-1', userData: { key: 'x' } }),
    stored('gce', 'p2', { state: '', owner: '', userData: null }),
    stored('cluster', 'c1', { state: 'free', owner: '', expirationDate: '2026-12-01T00:00:00Z' }),
    stored('cluster', 'c2', { state: 'toBeDeleted', owner: '' }),
    stored('cluster', 'c3', { state: 'toBeDeleted', owner: 'cleaner' }),
  ];
  const cycle = { metadata: { name: 'cluster' }, spec: { state: 'free', 'min-count': 2, 'max-count': 4 } };
  await using api = await standIn({
    [`${OBJECTS}/resources`]: { body: JSON.stringify({ items: resources }) },
    [`${OBJECTS}/dynamicresourcelifecycles`]: { body: JSON.stringify({ items: [cycle] }) },
  });
  await using server = await RealServer.start(null, { folder });
  const from = api.url.replace('//', '//ann:p%40ss@');
  const read = await here(
    server.env,
    'import',
    'boskos',
    '--from',
    from,
    '--namespace',
    'ci',
    '--out',
    'p.yaml',
  );
  expect(read.code, read.stderr).toBe(0);
  expect([...api.logins]).toEqual([`Basic ${Buffer.from('ann:p@ss').toString('base64')}`]);
  expect(read.stderr).toContain('1 resource about to be deleted: left out');
  expect(read.stderr).toContain('1 resource with a date of expiry');
  expect(read.stderr).toContain('2 resources of types whose members come and go');
  const planned = await here(server.env, 'plan', '-f', file('p.yaml'));
  expect(planned.stdout).toContain('register 4 resources');
  expect((await here(server.env, 'apply', '-f', file('p.yaml'), '--yes')).code).toBe(0);
  expect((await here(server.env, 'plan', '-f', file('p.yaml'))).stdout).toContain('Nothing to change');
  const { stdout } = await here(server.env, 'resource', 'list', '--json');
  for (const name of [LONG, 'p2', 'c1', 'c3']) expect(stdout).toContain(`"${name}"`);
  expect(stdout).not.toContain('"c2"');
});

test('an address that is something else is told with what it says, and without its password', async () => {
  await using refusing = await standIn({ '*': { status: 403, body: 'resources is forbidden' } });
  const refused = await here({}, 'import', 'boskos', '--from', refusing.url);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('403: resources is forbidden')]);
  await using boskos = await standIn({ '*': { body: '' } });
  const alone = await here({}, 'import', 'boskos', '--from', boskos.url);
  expect([alone.code, alone.stdout]).toEqual([2, '']);
  expect(alone.stderr).toContain('There is nothing to import');
  expect(alone.stderr).toContain('names no resources');
  const nowhere = await here({}, 'import', 'boskos', '--from', 'http://ann:hunter2@127.0.0.1:1');
  expect(nowhere.code).toBe(3);
  expect(nowhere.stderr).not.toContain('hunter2');
});

test('a running Boskos says how many there are of the types that a file names', async () => {
  await using boskos = await standIn({
    '*': { body: '' },
    '/metric?type=gce': { body: '{"type":"gce","current":{"busy":1},"owner":{"a":1}}' },
    '/metric?type=locked': { status: 403, body: 'not let in' },
  });
  const config = join(folder, 'config.yaml');
  writeFileSync(config, 'resources: [{ type: gce, names: [p1] }]\n');
  const import_ = () => here({}, 'import', 'boskos', '--from', config, '--from', boskos.url);
  expect((await import_()).stderr).toContain('"current":{"busy":1}');
  writeFileSync(config, 'resources: [{ type: locked, names: [p1] }]\n');
  expect((await import_()).stderr).toContain('answers 403: not let in');
});

test('the file of an acctpool becomes what a server takes once, with credentials by variables alone', async () => {
  writeFileSync(
    join(folder, 'config.yml'),
    [
      'tokens: [{ id: token-a }]',
      'accounts:',
      '- { username: abc, password: "it\'s $${env.NOPE}" }',
      '- { name: team, type: lite, apikey: key-1, account_id: "01", keep: { names: ["$${env.HOME}*"] } }',
    ].join('\n'),
  );
  await using server = await RealServer.start(null, { folder });
  const read = await here(
    server.env,
    'import',
    'acctpool',
    '--from',
    file('config.yml'),
    '--cleaner',
    'none-i-accept-unclean',
    '--secrets',
    'secrets.sh',
    '--out',
    'pools.yaml',
  );
  expect(read.code, read.stderr).toBe(0);
  const [pools, secrets] = ['pools.yaml', 'secrets.sh'].map((name) =>
    readFileSync(join(folder, name), 'utf8'),
  );
  expect(statSync(join(folder, 'secrets.sh')).mode & 0o777).toBe(0o600);
  expect(pools).not.toMatch(/key-1|it's|token-a|[&*]a\d/);
  expect(pools).toContain('$${env.HOME}*');
  const env = Object.fromEntries(
    [...(secrets ?? '').matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value = '']) => [
      String(name),
      value.replaceAll("'\\''", "'"),
    ]),
  );
  expect(Object.values(env)).toEqual(['abc', "it's ${env.NOPE}", 'key-1']);
  const run = (...args: string[]) => here({ ...server.env, ...env }, ...args);
  const applied = await run('apply', '-f', file('pools.yaml'), '--yes');
  expect(applied.code, applied.stderr).toBe(0);
  expect((await run('plan', '-f', file('pools.yaml'))).stdout).toContain('Nothing to change');
});
