import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { execPath, kill } from 'node:process';
import type { JsonObject, Listed, Observation } from '@poolkeeper/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { destroyUntilGone } from '../contract-suite.ts';
import { ProviderExhausted, ProviderRefused, ProviderTransient } from '../contract.ts';
import type { Provider } from '../contract.ts';
import { aCreateRequest, aDestroyRequest } from '../test-requests.ts';
import { aServerTemplate, aTestPlace, endPid, isAlive } from './test-place.ts';
import type { TestPlace } from './test-place.ts';

const WAIT = { timeout: 10_000, interval: 20 };

let place: TestPlace;
let provider: Provider;

beforeEach(async () => {
  place = aTestPlace();
  provider = await place.open();
});
afterEach(async () => {
  await provider[Symbol.asyncDispose]();
  await place.cleanUp();
});

const signal = (): AbortSignal => new AbortController().signal;
const create = (id: string, template: JsonObject = aServerTemplate()): Promise<Observation> =>
  provider.create(aCreateRequest(id, template), signal());
const observe = async (id: string): Promise<Listed | undefined> =>
  (await provider.observe(signal())).find(({ resource }) => resource === id);
const reopen = async (...options: Parameters<TestPlace['open']>): Promise<void> => {
  await provider[Symbol.asyncDispose]();
  provider = await place.open(...options);
};
/** A program on this Node, given as text. */
const node = (text: string, ...args: string[]): JsonObject => ({ command: [execPath, '-e', text, ...args] });

type ServerSays = { cwd: string; pid: number; env: Record<string, string>; args: string[] };
const ask = async ({ endpoints }: Observation): Promise<ServerSays> => {
  const response = await fetch(endpoints['http'] ?? '');
  return (await response.json()) as ServerSays;
};

describe('what a process is given', () => {
  test('it serves on its own port, in a private folder of its own', async () => {
    const [first, second] = await Promise.all([create('res_1'), create('res_2')]);
    expect(first).toMatchObject({ machine: 'RUNNING', liveness: 'LIVE', addresses: ['127.0.0.1'] });
    const says = await ask(first);
    expect(first.endpoints).toEqual({ http: `http://127.0.0.1:${says.env['PORT']}` });
    expect(first.externalId).toMatch(new RegExp(`^${says.pid}@\\d+$`));
    expect(says.cwd).toBe(join(place.folder('res_1'), 'work'));
    expect(statSync(says.cwd).mode & 0o777).toBe(0o700);
    expect((await ask(second)).env['PORT']).not.toBe(says.env['PORT']);
  });

  test('its environment says who it is, holds what the template says, and none of the server’s secrets', async () => {
    await reopen({
      context: {
        environment: {
          PATH: '/usr/bin:/bin',
          HOME: '/nowhere',
          POOLKEEPER_ADMIN_TOKEN: 'pk_secret',
          AWS_SECRET_ACCESS_KEY: 'secret',
          NODE_OPTIONS: '--no-warnings',
        },
      },
    });
    const { env } = await ask(await create('res_1', aServerTemplate({ env: { MODE: 'a "test"\n$HOME' } })));
    const { PORT, POOLKEEPER_INSTANCE_ID, PWD: _pwd, ...others } = env;
    expect(PORT).toMatch(/^2\d{4}$/);
    expect(POOLKEEPER_INSTANCE_ID).toMatch(/^[0-9a-f]{32}$/);
    expect(others).toEqual({
      PATH: '/usr/bin:/bin',
      HOME: '/nowhere',
      HOST: '127.0.0.1',
      MODE: 'a "test"\n$HOME',
      POOLKEEPER_CONFIG_DIR: place.directory,
      POOLKEEPER_RESOURCE_ID: 'res_1',
      POOLKEEPER_RESOURCE_NAME: 'res_1-name',
      POOLKEEPER_RESOURCE_POOL: 'web',
    });
  });

  test('arguments never go through a shell', async () => {
    const args = ['$(touch here)', '; touch here', '*', 'a  b', '"\'', '-n'];
    const template = aServerTemplate();
    const command = [...(template['command'] as string[]), ...args];
    const says = await ask(await create('res_1', { ...template, command }));
    expect(says.args).toEqual(args);
    expect(readdirSync(says.cwd)).toEqual([]);
  });

  test('arguments that name a file of the base directory are made absolute, others stay', async () => {
    place.write('tool.js', '');
    const args = ['./tool.js', 'tool.js', '../tool.js', './missing.js', '.'];
    const template = aServerTemplate();
    const command = [...(template['command'] as string[]), ...args];
    const path = join(place.directory, 'tool.js');
    const says = await ask(await create('res_1', { ...template, command }));
    expect(says.args).toEqual([path, path, '../tool.js', './missing.js', '.']);
  });

  test('the record on disk holds nothing of the environment', async () => {
    await create('res_1', aServerTemplate({ env: { KEY: 'hunter22' } }));
    for (const file of ['record.json', 'leader', 'output.log']) {
      expect(readFileSync(join(place.folder('res_1'), file), 'utf8')).not.toContain('hunter22');
    }
  });

  test('a port that another program listens on is not given out', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await vi.waitFor(() => expect(other.listening).toBe(true), WAIT);
    const { port } = other.address() as AddressInfo;
    await reopen({ options: { ports: { from: port, to: port } } });
    await expect(create('res_1')).rejects.toThrow(ProviderExhausted);
    await new Promise((resolve) => other.close(resolve));
    expect((await create('res_1')).endpoints).toEqual({ http: `http://127.0.0.1:${port}` });
    await expect(create('res_2')).rejects.toThrow(`No free port was found from ${port} to ${port}.`);
  });
});

describe('starting', () => {
  test('readiness by TCP gives a tcp endpoint', async () => {
    const made = await create('res_1', aServerTemplate({ ready: { tcp: true } }));
    expect(made).toMatchObject({
      liveness: 'LIVE',
      endpoints: { tcp: expect.stringMatching(/^tcp:\/\/127/) },
    });
  });

  test('without a readiness check nothing is known about its health', async () => {
    const made = await create('res_1', { command: ['sleep', '60'] });
    expect(made).toMatchObject({ machine: 'RUNNING', liveness: 'UNKNOWN' });
    expect(made.endpoints).toEqual({ http: expect.stringMatching(/^http:\/\/127/) });
    expect(await observe('res_1')).toEqual(made);
  });

  test('a server that answers errors is not ready', async () => {
    const template = aServerTemplate({ readyTimeout: '500ms' });
    const sick = "require('fs').writeFileSync('sick', ''); import(process.argv[1])";
    const command = [execPath, '-e', sick, (template['command'] as string[])[1] as string];
    await expect(create('res_1', { ...template, command })).rejects.toThrow('was not ready within 0.5 s');
  });

  test('a process that is still starting is seen as booting', async () => {
    const creation = create('res_1', aServerTemplate({ command: ['sleep', '60'], readyTimeout: '1s' }));
    await vi.waitFor(async () => {
      expect(await observe('res_1')).toMatchObject({ machine: 'RUNNING', liveness: 'BOOTING' });
    }, WAIT);
    await expect(creation).rejects.toThrow(ProviderTransient);
  });

  test.each([
    [
      "console.error('no licence'); process.exit(3)",
      'ended with exit code 3 while it was starting. It wrote last: no licence',
    ],
    ['process.kill(process.pid, "SIGKILL")', 'was ended by SIGKILL while it was starting. It wrote nothing.'],
  ])('a process that ends says how, with its last words: %s', async (program, message) => {
    const creation = create('res_1', { ...node(program), ready: { http: '/' } });
    await expect(creation).rejects.toThrow(ProviderTransient);
    await expect(create('res_1', { ...node(program), ready: { http: '/' } })).rejects.toThrow(message);
    expect(place.pids('res_1')).toEqual([]);
    expect(await observe('res_1')).toMatchObject({ machine: 'PENDING' });
  });

  test('a command that ends at once is noticed without a readiness check too', async () => {
    await expect(create('res_1', { command: ['false'] })).rejects.toThrow('ended with exit code 1');
  });

  test('the next attempt after a failed one starts with an empty folder', async () => {
    const program =
      "require('fs').readdirSync('.').length === 0 ? require('fs').writeFileSync('x', '') : 0; process.exit(5)";
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(create('res_1', { ...node(program), ready: { tcp: true } })).rejects.toThrow('code 5');
      expect(readdirSync(join(place.folder('res_1'), 'work'))).toEqual(['x']);
    }
    const made = await create('res_1');
    expect(made.machine).toBe('RUNNING');
    expect(readdirSync(join(place.folder('res_1'), 'work'))).toEqual([]);
  });

  test.each([['no-such-program'], ['./no-such-program'], ['/no/such/program'], ['/tmp']])(
    'a program that does not exist is refused by name: %s',
    async (program) => {
      const creation = create('res_1', { command: [program] });
      await expect(creation).rejects.toThrow(ProviderRefused);
      await expect(create('res_1', { command: [program] })).rejects.toThrow(
        `template/command/0: there is no program "${program}"`,
      );
      expect(await provider.observe(signal())).toEqual([]);
      expect(existsSync(place.folder('res_1'))).toBe(false);
    },
  );

  test('an id that would lead out of the folder is refused, and destroying it touches nothing', async () => {
    await expect(create('../res_1')).rejects.toThrow(ProviderRefused);
    expect(await provider.destroy(aDestroyRequest('..'), signal())).toBe('gone');
    expect(existsSync(place.folder('instance'))).toBe(true);
  });
});

describe('ending', () => {
  test('a process that ignores the signal is killed after its stop timeout', async () => {
    const stubborn =
      "process.on('SIGTERM', () => console.log('no')); setInterval(() => {}, 1000); console.log('up')";
    await create('res_1', { ...node(stubborn), stopTimeout: '300ms' });
    await vi.waitFor(
      () => expect(statSync(join(place.folder('res_1'), 'output.log')).size).toBeGreaterThan(0),
      WAIT,
    );
    const [pid = 0] = place.pids('res_1');
    const startedAt = Date.now();
    expect(await provider.destroy(aDestroyRequest('res_1'), signal())).toBe('gone');
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(300);
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(place.folder('res_1'))).toBe(false);
  });

  test('children end too: those of its group, and those that left the group and the folder', async () => {
    const family = `
      const { spawn } = require('node:child_process');
      spawn('sleep', ['60']);
      spawn('sleep', ['60'], { detached: true, cwd: '/' }).unref();
      spawn('sh', ['-c', '(sleep 60 &) ; exec sleep 60'], { detached: true }).unref();
      import(process.argv[1]);`;
    const template = aServerTemplate();
    const server = (template['command'] as string[])[1] as string;
    await create('res_1', { ...template, command: [execPath, '-e', family, server] });
    const children = await vi.waitFor(() => {
      const pids = place.tagged('res_1');
      expect(pids).toHaveLength(5);
      return pids;
    }, WAIT);
    await destroyUntilGone(provider, 'res_1');
    expect(children.filter(isAlive)).toEqual([]);
  });

  test('what outlived its leader ends as well, after a restart too', async () => {
    const leave =
      "require('node:child_process').spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }).unref();";
    await create('res_1', node(`${leave} setTimeout(() => {}, 300)`));
    const [pid = 0] = await vi.waitFor(async () => {
      expect(await observe('res_1')).toMatchObject({ machine: 'TERMINATED' });
      expect(place.pids('res_1')).toHaveLength(1);
      return place.pids('res_1');
    }, WAIT);
    await reopen();
    await destroyUntilGone(provider, 'res_1');
    expect(isAlive(pid)).toBe(false);
  });

  test('processes whose files were lost are seen by their tag, and end', async () => {
    await create('res_1');
    const [pid = 0] = place.pids('res_1');
    rmSync(place.folder('res_1'), { recursive: true });
    await reopen();
    expect(await observe('res_1')).toMatchObject({
      machine: 'RUNNING',
      externalId: String(pid),
      endpoints: {},
    });
    await destroyUntilGone(provider, 'res_1');
    expect(isAlive(pid)).toBe(false);
    expect(await provider.observe(signal())).toEqual([]);
  });
});

describe('watching', () => {
  test('a process that died is terminated until it is destroyed, and its end is announced', async () => {
    const changed = vi.fn<() => void>();
    provider.onChange?.(changed);
    await create('res_1');
    const [pid = 0] = place.pids('res_1');
    endPid(pid);
    await vi.waitFor(() => expect(changed).toHaveBeenCalled(), WAIT);
    expect(await observe('res_1')).toMatchObject({ machine: 'TERMINATED', addresses: [], endpoints: {} });
    await reopen();
    expect(await observe('res_1')).toMatchObject({ machine: 'TERMINATED' });
    await destroyUntilGone(provider, 'res_1');
    expect(await observe('res_1')).toBeUndefined();
  });

  test('a process is unhealthy after three looks without a good answer, and live after one with', async () => {
    await create('res_1');
    const sick = join(place.folder('res_1'), 'work', 'sick');
    writeFileSync(sick, '');
    const seen: (string | undefined)[] = [];
    for (let look = 0; look < 4; look += 1) seen.push((await observe('res_1'))?.liveness);
    expect(seen).toEqual(['LIVE', 'LIVE', 'UNHEALTHY', 'UNHEALTHY']);
    rmSync(sick);
    expect(await observe('res_1')).toMatchObject({ liveness: 'LIVE' });
  });

  test('a process that hangs does not hold up the look at the others', async () => {
    await Promise.all([create('res_1'), create('res_2')]);
    const [pid = 0] = place.pids('res_1');
    kill(pid, 'SIGSTOP');
    const startedAt = Date.now();
    for (let look = 0; look < 3; look += 1) await provider.observe(signal());
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    expect(await observe('res_1')).toMatchObject({ machine: 'RUNNING', liveness: 'UNHEALTHY' });
    expect(await observe('res_2')).toMatchObject({ liveness: 'LIVE' });
    await destroyUntilGone(provider, 'res_1');
  });

  test('what a process writes is bounded, and it goes on writing', async () => {
    const flood = "console.log('x'.repeat(1_200_000)); setInterval(() => console.log('tick'), 20)";
    await create('res_1', node(flood));
    const log = join(place.folder('res_1'), 'output.log');
    await vi.waitFor(() => expect(statSync(log).size).toBeGreaterThan(1_200_000), WAIT);
    await observe('res_1');
    await vi.waitFor(() => expect(statSync(log).size).toBeGreaterThan(0), WAIT);
    expect(statSync(`${log}.1`).size).toBe(262_144);
    // A file that was written on behind its new end would be as long as before, with a hole.
    expect(statSync(log).size).toBeLessThan(10_000);
  });
});

describe('when the provider closes', () => {
  test('processes live on by default', async () => {
    await create('res_1');
    const [pid = 0] = place.pids('res_1');
    await reopen();
    expect(isAlive(pid)).toBe(true);
    expect(await observe('res_1')).toMatchObject({ machine: 'RUNNING', liveness: 'LIVE' });
  });

  test('stopOnDispose ends all of them, those of before and those that ignore signals too', async () => {
    await create('res_1');
    await reopen({ options: { stopOnDispose: true } });
    const stubborn = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
    await Promise.all([create('res_2'), create('res_3', { ...node(stubborn), stopTimeout: '200ms' })]);
    expect(place.pids()).toHaveLength(3);
    await reopen();
    expect(place.pids()).toEqual([]);
    // They are to be started again, so they are not reported as dead.
    const machines = (await provider.observe(signal())).map(({ machine }) => machine);
    expect(machines).toEqual(['PENDING', 'PENDING', 'PENDING']);
  });

  test('what stopped with the server is created again as it was: same port, same working directory', async () => {
    await reopen({ options: { stopOnDispose: true } });
    const before = await create('res_1');
    const note = join(place.root, 'res_1', 'work', 'note.txt');
    writeFileSync(note, 'left by the holder');
    await reopen({ options: { stopOnDispose: true } });
    const after = await create('res_1');
    expect(after).toMatchObject({ machine: 'RUNNING', endpoints: before.endpoints });
    expect(after.externalId).not.toBe(before.externalId);
    expect(existsSync(note)).toBe(true);
  });

  test('a creation under way ends, and stopOnDispose leaves nothing of it', async () => {
    await reopen({ options: { stopOnDispose: true } });
    const creation = create('res_1', aServerTemplate({ command: ['sleep', '60'] })).catch(
      (error: Error) => error,
    );
    await vi.waitFor(() => expect(place.pids('res_1')).toHaveLength(1), WAIT);
    await provider[Symbol.asyncDispose]();
    expect(await creation).toMatchObject({ message: 'Provider local is closed.' });
    expect(place.pids()).toEqual([]);
    await expect(create('res_2')).rejects.toThrow('is closed');
  });
});

test('details tell the machine that a process runs on as its region', async () => {
  const { externalId } = await create('res_1');
  expect(await observe('res_1')).toMatchObject({
    externalId,
    details: {
      cloud: 'Process',
      region: hostname(),
      size: 'process',
      launchedAt: expect.any(Number),
      requestedAt: null,
      publicAddresses: [],
      privateAddresses: ['127.0.0.1'],
    },
  });
});
