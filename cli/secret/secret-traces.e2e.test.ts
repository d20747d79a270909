import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CommandLine } from '../testing/in-process.ts';
import { RealServer } from '../testing/real-server.ts';

/** Nothing but this test ever says it; long enough to be found in any encoding that keeps letters. */
const PLANTED = 'PLANTED-3f9c1b77-DO-NOT-FIND-ME';
const TRACES = [
  PLANTED,
  Buffer.from(PLANTED).toString('base64').slice(0, 30),
  Buffer.from(PLANTED).toString('hex').slice(0, 40),
];

type Documented = { readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
const { paths } = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', 'openapi', 'poolkeeper.json'), 'utf8'),
) as Documented;

/** Files under a folder, and what is in them. */
function contentsOf(folder: string): Map<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name))]),
  );
}

function tracesIn(sources: Iterable<readonly [string, Buffer | string]>): string[] {
  return [...sources].flatMap(([where, content]) =>
    TRACES.filter((trace) => content.includes(trace)).map((trace) => `${where}: ${trace}`),
  );
}

/** An account with credentials from everywhere that they can come from, lent to somebody who looked at them. */
type Planted = { readonly resource: string; readonly lease: string };

function configOf(value: string): object {
  const credentials = { current: { apikey: value }, management: { apikey: value } };
  const pool = { name: 'accounts', kind: 'account', resources: [{ name: 'one', credentials }] };
  return { providers: [{ name: 'hand', driver: 'static' }], pools: [pool] };
}

async function plantCredentials(server: RealServer, cli: CommandLine): Promise<Planted> {
  const post = async (path: string, body: object): Promise<{ id: string }> => {
    const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(10_000);
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal,
    });
    expect(response.ok, path).toBe(true);
    return (await response.json()) as { id: string };
  };
  await post('/v1/apply', { config: configOf(PLANTED) });
  const credentials = { current: { apikey: PLANTED }, management: { apikey: PLANTED } };
  const two = await post('/v1/resources', { pool: 'accounts', name: 'two', credentials });
  const input = new CommandLine(server, { input: `password: ${PLANTED}` });
  expect((await input.run('resource', 'set-credentials', two.id)).stdout).toContain(
    'set the current credentials',
  );
  const mine = await post('/v1/leases', { pool: 'accounts' });
  expect((await cli.run('lease', 'credentials', mine.id)).stdout).toContain(PLANTED);
  const command = `test "$POOLKEEPER_CREDENTIAL_PASSWORD$POOLKEEPER_CREDENTIAL_APIKEY" = ${PLANTED}`;
  const ran = await cli.run('lease', 'run', '--pool', 'accounts', '--', 'sh', '-c', command);
  expect(ran).toMatchObject({ code: 0 });
  const { id: lease } = await post('/v1/leases', { pool: 'accounts', holder: 'somebody' });
  return { resource: two.id, lease };
}

/** Every answer of the API to what reads, and to requests that hold the secret where it does not belong. */
async function askEverything(server: RealServer, account: Planted): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  const authorization = `Bearer ${server.token}`;
  const ask = async (method: string, path: string, body?: string): Promise<void> => {
    const signal = AbortSignal.timeout(10_000);
    const headers = { authorization, 'content-type': 'application/json' };
    const response = await fetch(`${server.url}${path}`, { method, headers, body: body ?? null, signal });
    const isStream = response.headers.get('content-type')?.includes('event-stream') === true;
    const text = isStream ? '' : await response.text();
    if (isStream) await response.body?.cancel();
    answers.set(
      `${method} ${path} ${body ?? ''}`.slice(0, 90).trim(),
      `${JSON.stringify([...response.headers])} ${text}`,
    );
  };
  for (const [path, methods] of Object.entries(paths)) {
    if (!('get' in methods)) continue;
    await ask('GET', path.replaceAll(/\{\w+\}/g, 'root'));
    if (path.startsWith('/v1/resources/{')) await ask('GET', path.replace('{id}', account.resource));
    if (path.startsWith('/v1/pools/{')) await ask('GET', path.replace('{pool}', 'accounts'));
    // What a holder is shown is the one answer that has it; an admin who does not hold the lease gets none.
    if (path.startsWith('/v1/leases/{')) await ask('GET', path.replace('{id}', account.lease));
  }
  for (const body of [
    { current: PLANTED },
    { current: { 'no-name': PLANTED } },
    { current: { apikey: [PLANTED] } },
    { pending: { apikey: PLANTED } },
  ])
    await ask('PUT', `/v1/resources/${account.resource}/credentials`, JSON.stringify(body));
  await ask('PUT', '/v1/resources/none/credentials', JSON.stringify({ current: { apikey: PLANTED } }));
  await ask('POST', '/v1/plan', JSON.stringify({ config: configOf(`${PLANTED}-2`) }));
  await ask('POST', '/v1/apply', JSON.stringify({ config: configOf(`${PLANTED}-2`) }));
  await ask('POST', '/v1/apply', JSON.stringify({ config: { ...configOf(PLANTED), pool: [] } }));
  await ask('PUT', '/v1/secrets/root', JSON.stringify({ value: PLANTED }));
  await ask('PUT', '/v1/secrets/root', JSON.stringify({ value: [PLANTED] }));
  await ask('PUT', '/v1/secrets/root', JSON.stringify({ value: { text: PLANTED } }));
  await ask('PUT', '/v1/secrets/root', `{"value": "${PLANTED}"`);
  await ask('PUT', '/v1/secrets/ROOT', JSON.stringify({ value: PLANTED }));
  await ask('POST', '/v1/secrets/root', JSON.stringify({ value: PLANTED }));
  return answers;
}

test('nothing that a server writes or answers has a trace of a secret that was set', async () => {
  await using server = await RealServer.start('providers: [{ name: hand, driver: static }]\npools: []\n', {
    logLevel: 'trace',
  });
  const cli = new CommandLine(server, { input: `${PLANTED}\n` });
  await cli.run('secret', 'set', 'root');
  await cli.run('secret', 'set', 'kept');
  const account = await plantCredentials(server, cli);
  const answers = await askEverything(server, account);
  expect(answers.size).toBeGreaterThan(20);
  expect(answers.get('GET /v1/secrets')).toContain('"name":"root"');
  const events = await cli.run('event', 'list');
  expect(events.stdout).toContain('secret.changed');
  expect(events.stdout).toContain('credential.changed');
  expect(answers.get(`GET /v1/resources/${account.resource}`)).toContain('"hasCredentials":true');
  await cli.run('backup', 'backup.db', '--data', 'data');
  const whileRunning = contentsOf(server.folder);
  await server.stop();
  const afterwards = contentsOf(server.folder);
  expect([...afterwards.keys()].map((file) => file.split('/').at(-1))).toContain('backup.db');
  const said = [
    ['standard output', server.process.stdout],
    ['standard error', server.process.stderr],
    ['events', events.stdout + events.stderr],
  ] as const;
  expect(server.process.stdout).toContain('"level":"info"');
  expect(tracesIn([...whileRunning, ...afterwards, ...answers, ...said])).toEqual([]);
}, 60_000);

test('and the search would find one', () => {
  expect(tracesIn([['file', Buffer.from(`x${PLANTED}y`)]])).toHaveLength(1);
});
