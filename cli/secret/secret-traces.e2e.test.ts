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

/** Every answer of the API to what reads, and to requests that hold the secret where it does not belong. */
async function askEverything(server: RealServer): Promise<Map<string, string>> {
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
      `${method} ${path} ${body ?? ''}`.slice(0, 60).trim(),
      `${JSON.stringify([...response.headers])} ${text}`,
    );
  };
  for (const [path, methods] of Object.entries(paths)) {
    if ('get' in methods) await ask('GET', path.replaceAll(/\{\w+\}/g, 'root'));
  }
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
  const answers = await askEverything(server);
  expect(answers.size).toBeGreaterThan(20);
  expect(answers.get('GET /v1/secrets')).toContain('"name":"root"');
  const events = await cli.run('event', 'list');
  expect(events.stdout).toContain('secret.changed');
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
