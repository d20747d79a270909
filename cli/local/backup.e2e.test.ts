import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../testing/cli-process.ts';
import { RealServer } from '../testing/real-server.ts';

/** Backups of a server that runs and lends, and what becomes of them. */

const FILE = [
  'providers: [{ name: hand, driver: static }]',
  'pools: [{ name: boards, provider: hand, kind: board }]',
  '',
].join('\n');

type Restored = {
  contents: { resources: number; leases: number; queued: number; lastEvent: { type: string } };
  keptOld: string | null;
  tokenFile: { state: string };
};

let server: RealServer;
let made: Awaited<ReturnType<RealServer['run']>>;
beforeAll(async () => {
  server = await RealServer.start(FILE);
  for (const name of ['b1', 'b2']) await register(name);
  await server.run('lease', 'acquire', '--pool', 'boards');
  made = await server.run('backup', 'monday.db', '--data', 'data');
});
afterAll(() => server[Symbol.asyncDispose]());

async function register(name: string): Promise<void> {
  await fetch(`${server.url}/v1/resources`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ pool: 'boards', name }),
  });
}

test('a backup of a server that runs says what is in it', () => {
  expect(made.code).toBe(0);
  expect(made.stdout).toMatch(
    /^Backed up data to monday\.db \(\d+ KiB\): 1 pool, 2 resources, 1 lease, 1 token; the last event is \d+, lease\.granted, /,
  );
});

test('a backup is never written over, and needs a store', async () => {
  const twice = await server.run('backup', 'monday.db', '--data', 'data');
  expect(twice.code).toBe(6);
  expect(twice.stderr).toContain('exists already. Name one that does not.');
  const nothing = await server.run('backup', 'tuesday.db', '--data', 'nowhere');
  expect(nothing.code).toBe(8);
  expect(nothing.stderr).toContain('has no store');
  expect(existsSync(join(server.folder, 'tuesday.db'))).toBe(false);
  expect(readdirSync(server.folder).filter((name) => name.startsWith('.poolkeeper'))).toEqual([]);
});

test('a world in a database is left to the tools of the database, unless a folder is named', async () => {
  const env = { POOLKEEPER_DATABASE: 'postgres://poolkeeper:secret@127.0.0.1:1/poolkeeper' };
  for (const verb of ['backup', 'restore']) {
    const { code, stderr } = await runCli([verb, 'monday.db'], { env, cwd: server.folder });
    expect(code).toBe(2);
    expect(stderr).toContain('pg_dump --format=custom');
    expect(stderr).toContain('pg_restore');
    expect(stderr).not.toContain('secret@');
  }
  const named = await runCli(['backup', 'of-folder.db', '--data', 'data'], { env, cwd: server.folder });
  expect(named.code).toBe(0);
});

test('the folder of a server that runs is not restored to', async () => {
  const { code, stderr } = await server.run('restore', 'monday.db', '--data', 'data', '--keep-old');
  expect(code).toBe(6);
  expect(stderr).toContain(`in use by process ${server.process.child.pid}. Stop it`);
});

test('a restored server has what the backup had; the operator is told what it cannot know', async () => {
  const said = await server.run('restore', 'monday.db', '--data', 'fresh');
  expect(said.code).toBe(0);
  expect(said.stdout).toContain('Restored monday.db to fresh: 1 pool, 2 resources, 1 lease, 1 token');
  expect(said.stdout).toContain('may be lent twice');
  expect(said.stdout).toContain('There is no fresh/admin.token.');
  const refused = await server.run('restore', 'monday.db', '--data', 'fresh');
  expect(refused.code).toBe(6);
  expect(refused.stderr).toContain('--keep-old moves the store that is there aside.');

  const folder = join(server.folder, 'second');
  mkdirSync(folder);
  await runCli(['restore', join(server.folder, 'monday.db'), '--data', 'data'], { cwd: folder });
  copyFileSync(join(server.folder, 'data', 'admin.token'), join(folder, 'data', 'admin.token'));
  await using second = await RealServer.start(FILE, { folder });
  const { items } = await second.json<{ items: { status: string }[] }>('lease', 'list');
  expect(items.map(({ status }) => status)).toEqual(['active']);
});

test('says whether the admin token that lies there is one that the restored store knows', async () => {
  const restoreTo = async (folder: string): Promise<Restored> => {
    const { stdout } = await server.run('restore', 'monday.db', '--data', folder, '--keep-old', '--json');
    return JSON.parse(stdout) as Restored;
  };
  const first = await restoreTo('tokens');
  expect(first.tokenFile.state).toBe('missing');
  expect(first.keptOld).toBe(null);
  expect(first.contents).toMatchObject({ resources: 2, leases: 1, lastEvent: { type: 'lease.granted' } });
  copyFileSync(join(server.folder, 'data', 'admin.token'), join(server.folder, 'tokens', 'admin.token'));
  const second = await restoreTo('tokens');
  expect(second.tokenFile.state).toBe('accepted');
  expect(existsSync(second.keptOld ?? '')).toBe(true);
  mkdirSync(join(server.folder, 'late'));
  writeFileSync(join(server.folder, 'late', 'admin.token'), 'pk_another\n');
  expect((await restoreTo('late')).tokenFile.state).toBe('unknown');
});
