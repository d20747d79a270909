import type { Page, Token } from '@poolkeeper/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CommandLine, words } from '../testing/in-process.ts';
import { RealServer } from '../testing/real-server.ts';

const FILE = 'providers: [{ name: hand, driver: static }]\npools: [{ name: P, provider: hand }]\n';

let server: RealServer;
let cli: CommandLine;
beforeAll(async () => {
  server = await RealServer.start(FILE);
  cli = new CommandLine(server);
});
afterAll(() => server[Symbol.asyncDispose]());

test('role, pool and time are enough; the name says what it is for and when it was made', async () => {
  const { code, stdout, stderr } = await cli.run(
    'token',
    'create',
    '--role',
    'holder',
    '--pool',
    'P',
    '--ttl',
    '30d',
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(/^name +holder-P-\d{8}-\d{9}$/m);
  expect(stdout).toMatch(/^expires +.*\(in 29d 23h\)$/m);
  expect(stdout).toMatch(/^secret +pk_\S{40,}$/m);
  expect(stderr).toContain('nobody can show it again');
});

test('the secret alone can be captured, and is good for what its role and quota allow', async () => {
  const { stdout } = await cli.run(
    ...words('token create --name ci --role holder --pool P --secret-only'),
    ...words('--max-resources 2 --max-leases 1 --max-duration 1h'),
  );
  expect(stdout).toMatch(/^pk_\S+\n$/);
  const theirs = new CommandLine(server, { environment: { POOLKEEPER_TOKEN: stdout.trim() } });
  expect(await theirs.json<Token>('token', 'show')).toMatchObject({
    name: 'ci',
    role: 'holder',
    pools: ['P'],
    quota: { resources: 2, leases: 1, duration: '1h' },
  });
  expect((await theirs.run('token', 'list')).code).toBe(4);
});

test('tokens are listed and shown without secrets, and several are shut out in one call', async () => {
  const { items } = await cli.json<Page<Token>>('token', 'list');
  const others = items.filter(({ name }) => name !== 'admin');
  expect(others.length).toBe(2);
  const shown = await cli.run('token', 'show', others[0]?.id ?? '');
  expect(shown.stdout).toMatch(/^role +holder$/m);
  expect(shown.stdout).not.toContain('pk_');
  const { stdout, code } = await cli.run('token', 'revoke', ...others.map(({ id }) => id));
  expect(stdout.match(/^revoked .*; its leases stay until they end$/gm)?.length).toBe(2);
  expect(code).toBe(0);
  const twice = await cli.run('token', 'revoke', others[0]?.id ?? '');
  expect(twice.code).toBe(5);
  expect(twice.stderr).toContain('poolkeeper token list');
});

test('a role that is none, and none, are refused with those that there are', async () => {
  const wrong = await cli.run('token', 'create', '--role', 'king');
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('Allowed choices are admin, operator, holder, viewer');
  expect((await cli.run('token', 'create')).stderr).toContain("required option '--role <role>'");
});
