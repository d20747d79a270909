import type { Page, Pool, Resource } from '@poolkeeper/client';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { platform } from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CliProcess, eventually, runCli } from './testing/cli-process.ts';

/** What a newcomer does: start the quickstart, type what it prints, stop it, start it again. */

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);

let data: string;
let server: CliProcess;

async function startQuickstart(): Promise<CliProcess> {
  const started = new CliProcess(['serve', '--quickstart', '--listen', '127.0.0.1:0', '--data', data], {
    cwd: root,
  });
  await started.until(({ stdout }) => stdout.includes('Ctrl-C ends the server'));
  return started;
}

async function ask<T>(...args: string[]): Promise<T> {
  const { stdout, stderr } = await runCli([...args, '--json'], { env: { POOLKEEPER_DATA: data } });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as T;
}

/** Waits until three web servers are on offer; answers their processes, as their pages say it. */
async function webServers(): Promise<number[]> {
  await eventually(async () =>
    (await ask<Pool>('pool', 'show', 'sandbox')).resources['free'] === 3 ? true : undefined,
  );
  const { items } = await ask<Page<Resource>>('resource', 'list', '--pool', 'sandbox', '--status', 'free');
  const pages = await Promise.all(
    items.map(async ({ endpoints }) => (await fetch(endpoints['http'] ?? '')).text()),
  );
  return pages.map((page) => Number(/I am process (\d+)/.exec(page)?.[1]));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe.skipIf(platform !== 'linux')('the quickstart', () => {
  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'poolkeeper-quickstart-'));
    server = await startQuickstart();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(data, { recursive: true, force: true });
  });

  test('says where it is, where the token is, and three things to try, each of which works as printed', async () => {
    const { url } = JSON.parse(readFileSync(join(data, 'server.json'), 'utf8')) as { url: string };
    expect(server.stdout).toContain(`Poolkeeper serves at ${url}`);
    expect(server.stdout).toContain('admin.token');
    const commands = server.stdout.split('\n').filter((line) => line.includes('npx poolkeeper'));
    expect(commands.length).toBe(3);
    const PATH = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('POOLKEEPER_')),
    );
    const printed: string[] = [];
    for (const command of commands) {
      printed.push((await run('sh', ['-c', command.trim()], { cwd: root, env: { ...env, PATH } })).stdout);
    }
    expect(printed[0]).toMatch(/Hello from sandbox-\w+\.\nI am process \d+/);
    expect(printed[0]).toContain('POOLKEEPER_RESOURCE_NAME=sandbox-');
    expect(printed[1]).toContain('POOLKEEPER_LABEL_ARCH=arm64');
    expect(printed[2]).toMatch(/^sandbox +web-server +local/m);
    expect((await fetch(`${url}/docs`)).ok).toBe(true);
  });

  test('another web server takes the place of one that is killed', async () => {
    const [victim = 0, ...others] = await webServers();
    process.kill(victim, 'SIGKILL');
    const now = await eventually(async () => {
      const pids = await webServers().catch((): number[] => []);
      return pids.length === 3 && !pids.includes(victim) ? pids : undefined;
    });
    expect(now).toEqual(expect.arrayContaining(others));
  });

  test('leaves no process behind after Ctrl-C, and finds everything as it was when it is started again', async () => {
    const pids = await webServers();
    const before = await ask<Page<Resource>>('resource', 'list', '--pool', 'boards');
    const token = readFileSync(join(data, 'admin.token'), 'utf8');
    // A terminal and npm both pass Ctrl-C on, so it comes twice.
    server.child.kill('SIGINT');
    server.child.kill('SIGINT');
    expect(await server.ended).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    server = await startQuickstart();
    expect(readFileSync(join(data, 'admin.token'), 'utf8')).toBe(token);
    expect(await ask<Page<Resource>>('resource', 'list', '--pool', 'boards')).toEqual(before);
    expect((await webServers()).length).toBe(3);
  });

  test('a second one is refused by what it cannot have, and says how to give it something else', async () => {
    const { url } = JSON.parse(readFileSync(join(data, 'server.json'), 'utf8')) as { url: string };
    const { host } = new URL(url);
    const sameData = await runCli(['serve', '--quickstart', '--data', data, '--listen', '127.0.0.1:0']);
    expect(sameData.code).toBe(8);
    expect(sameData.stderr).toContain(`in use by process ${server.child.pid}`);
    const other = mkdtempSync(join(tmpdir(), 'poolkeeper-quickstart-'));
    const samePort = await runCli(['serve', '--quickstart', '--data', other, '--listen', host]);
    rmSync(other, { recursive: true, force: true });
    expect(samePort.code).toBe(6);
    expect(samePort.stderr).toContain(`Another program listens at ${host} already.`);
    expect(samePort.stderr).toContain('--listen');
  });
});
