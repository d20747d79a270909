import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CliProcess, runCli } from '../testing/cli-process.ts';

/** The drop-in as its users start it: a process of its own, asked over HTTP. */

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poolkeeper-compat-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const compat = (...args: string[]) => runCli(['compat', 'cloudpool', ...args], { cwd: folder });

test('wrong options end it with 255, the reason and the usage on standard error', async () => {
  const nothing = await compat();
  expect(nothing.code).toBe(255);
  expect(nothing.stdout).toBe('');
  expect(nothing.stderr).toMatch(/^error: neither --http-port nor --https-port specified\n\nUsage: /);
  const both = await compat('--http-port', 'x', '--require-basicauth');
  expect(both.code).toBe(255);
  expect(both.stderr).toMatch(
    /^error: --require-basicauth needs --realm-file\nerror: --require-basicauth needs --require-role\nerror: --http-port has to be/,
  );
  const unknown = await compat('--http-prot', '80');
  expect(unknown.code).toBe(255);
  expect(unknown.stderr).toMatch(/^error: unknown option '--http-prot'/);
  expect((await compat('--help')).code).toBe(0);
});

test('keys, realms and configurations that cannot be used end it with their reason', async () => {
  writeFileSync(join(folder, 'realm'), 'ann\n');
  const port = String(await freePort());
  const start = (...args: string[]) => compat('--http-port', port, '--storage-dir', 'data', ...args);
  const realm = await start('--require-basicauth', '--realm-file', 'realm', '--require-role', 'USER');
  expect(realm.code).toBe(2);
  expect(realm.stderr).toContain('cannot be used: line 1: "user: secret,ROLE" is needed');
  const missing = await start('--config', 'nowhere.json');
  expect(missing.code).toBe(2);
  expect(missing.stderr).toContain('nowhere.json cannot be read: ENOENT');
});

test('a multipool server of the container variables keeps its instances when it is killed, and logs each request once', async () => {
  const port = await freePort();
  const env = {
    HTTP_PORT: String(port),
    STORAGE_DIR: join(folder, 'data'),
    MULTIPOOL: 'true',
    STDOUT_LOG_LEVEL: 'INFO',
  };
  const ask = async (method: string, path: string): Promise<{ status: number; text: string }> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    return { status: response.status, text: await response.text() };
  };
  const start = async (): Promise<CliProcess> => {
    const cli = new CliProcess(['compat', 'cloudpool'], { env });
    await cli.until(({ stdout }) => stdout.includes('Cloud pools are served at'));
    return cli;
  };
  const killed = await start();
  expect(killed.stdout).toContain('Nobody is asked for credentials');
  expect((await ask('POST', '/cloudpools/one?password=hunter2')).status).toBe(201);
  killed.child.kill('SIGKILL');
  await killed.ended;
  await using cli = await start();
  expect(JSON.parse((await ask('GET', '/cloudpools')).text)).toEqual([
    `http://127.0.0.1:${port}/cloudpools/one`,
  ]);
  expect(JSON.parse((await ask('GET', '/cloudpools/one/status')).text)).toEqual({
    started: false,
    configured: false,
  });
  await cli.until(({ stdout }) => stdout.includes('/cloudpools/one/status'));
  const lines = cli.stdout.split('\n').filter((line) => line.includes('/cloudpools/one/status'));
  expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
    expect.objectContaining({
      level: 'info',
      method: 'GET',
      url: `http://127.0.0.1:${port}/cloudpools/one/status`,
      client: '127.0.0.1',
      cloudpool: 'one',
    }),
  ]);
  cli.child.kill('SIGTERM');
  expect(await cli.ended).toBe(0);
});
