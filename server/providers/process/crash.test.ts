import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { destroyUntilGone } from '../contract-suite.ts';
import { systemTimers } from '../../system-clock.ts';
import { aCreateRequest } from '../test-requests.ts';
import { sleep } from '../../timers.ts';
import { processEnvironment } from './environment.ts';
import { CLAIM_LOST_CODE, launch } from './launcher.ts';
import { readBootId } from './process-table.ts';
import { folderOf, makeFolder, readLeader } from './record.ts';
import { aServerTemplate, aTestPlace, endPid, isAlive } from './test-place.ts';
import type { TestPlace } from './test-place.ts';

const CHILD = fileURLToPath(new URL('test-crash-child.ts', import.meta.url));
/** Kills after so many milliseconds of creating: from before the first launch until all are ready. */
const KILLS_AT_MS = [0, 1, 2, 4, 6, 8, 12, 16, 24, 32, 60, 120];
const IDS = ['res_1', 'res_2', 'res_3'];

let place: TestPlace;
const foreign: number[] = [];

beforeEach(() => {
  place = aTestPlace();
});
afterEach(async () => {
  for (const pid of foreign.splice(0)) endPid(pid);
  await place.cleanUp();
});

const signal = (): AbortSignal => new AbortController().signal;

/** A server that is killed so long after it began to create. */
async function crashWhileCreating(killAtMs: number): Promise<void> {
  const args = [CHILD, place.directory, JSON.stringify(aServerTemplate()), ...IDS];
  const child = spawn(execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  if (killAtMs > 0) await sleep(systemTimers, killAtMs);
  child.kill('SIGKILL');
  await exited;
}

describe('a server that is killed while it creates', () => {
  test.each(KILLS_AT_MS)('after %i ms: each resource has one process in the end', async (killAtMs) => {
    await crashWhileCreating(killAtMs);
    const started = new Map(IDS.map((id) => [id, readLeader(folderOf(place.root, id))?.pid]));
    await using provider = await place.open();
    const made = await Promise.all(
      IDS.map((id) => provider.create(aCreateRequest(id, aServerTemplate()), signal())),
    );
    for (const { resource, machine, liveness, externalId } of made) {
      expect({ machine, liveness }).toEqual({ machine: 'RUNNING', liveness: 'LIVE' });
      expect(place.tagged(resource)).toHaveLength(1);
      const pid = started.get(resource);
      if (pid !== undefined) expect(externalId, 'the process of the first attempt').toMatch(`${pid}@`);
    }
    for (const id of IDS) await destroyUntilGone(provider, id);
    expect(place.tagged()).toEqual([]);
  });

  test('what it had started is adopted, and found when it is to be destroyed', async () => {
    await crashWhileCreating(60);
    const started = place.pids();
    await using provider = await place.open();
    const observations = await provider.observe(signal());
    for (const pid of started) {
      expect(observations.map(({ externalId }) => externalId.split('@')[0])).toContain(String(pid));
    }
    for (const id of IDS) await destroyUntilGone(provider, id);
    expect(started.filter(isAlive)).toEqual([]);
  });
});

describe('the launcher', () => {
  const launchIn = (folder: ReturnType<typeof folderOf>): ReturnType<typeof launch> =>
    launch({
      folder,
      command: ['/bin/sleep', '60'],
      environment: processEnvironment({
        inherited: {},
        template: {},
        resource: { id: 'res_1', name: 'n', pool: 'web', kind: 'machine' },
        instance: readFileSync(place.folder('instance'), 'utf8').trim(),
        port: 20_000,
        host: '127.0.0.1',
        configDirectory: place.directory,
      }),
    });

  test('of two at once, one becomes the command and the other gives up', async () => {
    await using _provider = await place.open();
    const folder = folderOf(place.root, 'res_1');
    await makeFolder(folder, { keepsWork: false });
    const children = await Promise.all([launchIn(folder), launchIn(folder)]);
    const first = await Promise.race(children.map(({ exited }) => exited));
    expect(first).toEqual({ code: CLAIM_LOST_CODE, signal: null });
    const [left = 0, ...others] = place.pids('res_1');
    expect(others).toEqual([]);
    expect(readLeader(folder)).toMatchObject({ pid: left, bootId: readBootId(), port: 20_000 });
  });

  test.each([[''], [readBootId()], [`${readBootId()} 20000 12345 (sh) S 1`]])(
    'one that died while it wrote itself down (%j) leaves nothing that hinders the next attempt',
    async (half) => {
      await using provider = await place.open();
      mkdirSync(place.folder('res_1'));
      writeFileSync(join(place.folder('res_1'), 'leader'), half);
      expect(await provider.create(aCreateRequest('res_1', aServerTemplate()), signal())).toMatchObject({
        machine: 'RUNNING',
      });
      expect(place.tagged('res_1')).toHaveLength(1);
    },
  );

  test('a record that is damaged does not hide the process from its destruction', async () => {
    const first = await place.open();
    await first.create(aCreateRequest('res_1', aServerTemplate()), signal());
    await first[Symbol.asyncDispose]();
    const [pid = 0] = place.pids('res_1');
    writeFileSync(join(place.folder('res_1'), 'record.json'), '{"version":');
    await using provider = await place.open();
    expect(await provider.observe(signal())).toMatchObject([{ resource: 'res_1', machine: 'RUNNING' }]);
    await destroyUntilGone(provider, 'res_1');
    expect(isAlive(pid)).toBe(false);
  });
});

describe('a pid that is in use again by another program', () => {
  /** A process that is not ours, in a group of its own, so that a signal to its group would reach it too. */
  async function aForeignProcess(): Promise<{ pid: number; stat: string }> {
    const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    foreign.push(pid);
    return { pid, stat: readFileSync(`/proc/${pid}/stat`, 'utf8').trim() };
  }

  const withOtherStart = (stat: string): string => {
    const fields = stat.split(' ');
    fields[21] = String(Number(fields[21]) - 1);
    return fields.join(' ');
  };

  test.each([
    ['another start time', (stat: string) => `${readBootId()} 20000 ${withOtherStart(stat)}\n`],
    ['another boot', (stat: string) => `00000000-0000-0000-0000-000000000000 20000 ${stat}\n`],
    ['no word about the boot', (stat: string) => `unknown 20000 ${stat}\n`],
  ])('is not ours with %s: it is neither observed as running nor signalled', async (_what, lie) => {
    const first = await place.open();
    await first.create(aCreateRequest('res_1', aServerTemplate()), signal());
    await first[Symbol.asyncDispose]();
    for (const pid of place.pids('res_1')) endPid(pid);
    const other = await aForeignProcess();
    writeFileSync(join(place.folder('res_1'), 'leader'), lie(other.stat));

    await using provider = await place.open({ options: { stopOnDispose: true } });
    expect(await provider.observe(signal())).toMatchObject([{ resource: 'res_1', machine: 'TERMINATED' }]);
    const made = await provider.create(aCreateRequest('res_1', aServerTemplate()), signal());
    expect(made.externalId).not.toContain(`${other.pid}@`);
    rmSync(join(place.folder('res_1'), 'leader'));
    writeFileSync(join(place.folder('res_1'), 'leader'), lie(other.stat));
    await destroyUntilGone(provider, 'res_1');
    expect(place.tagged('res_1')).toEqual([]);
    expect(isAlive(other.pid)).toBe(true);
  });
});
