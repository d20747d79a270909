import { beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../logger.ts';
import { createMemoryDisk } from '../store/memory/memory-disk.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import type { RunLogEntry, RunLogStore } from '../store/run-log-contract.ts';
import { VirtualTime } from '../virtual-time.ts';
import { HEAD_BYTES_MAX, TAIL_BYTES_MAX } from './attempt-text.ts';
import { RUN_LOG_BYTES_MAX, RunLogs } from './run-logs.ts';

let time: VirtualTime;
let store: RunLogStore;
let appends: number;
let failure: Error | undefined;
let logs: RunLogs;

beforeEach(async () => {
  time = new VirtualTime(1_000);
  const inner = (await openMemoryStore(createMemoryDisk())).runLog;
  appends = 0;
  failure = undefined;
  store = {
    ...inner,
    append: async (entries) => {
      appends += 1;
      if (failure !== undefined) throw failure;
      await inner.append(entries);
    },
  };
  logs = open();
});

const open = (): RunLogs => new RunLogs({ store, clock: time, timers: time, logger: silentLogger });
const attempt = (n = 1, run = 'run_1') => logs.open({ run, index: 0, name: 'clean', attempt: n });
const read = (run = 'run_1'): Promise<readonly RunLogEntry[]> => logs.read({ run, after: 0, limit: 10_000 });
const textOf = async (run?: string): Promise<string> => (await read(run)).map(({ text }) => text).join('');

test('what comes within a moment is written down together, in order', async () => {
  const log = attempt();
  log.write('stdout', Buffer.from('one '));
  log.write('stdout', Buffer.from('two\n'));
  log.write('stderr', Buffer.from('oh\n'));
  expect(await read()).toEqual([]);
  await time.advance(200);
  expect(await read()).toEqual([
    {
      run: 'run_1',
      seq: 1,
      at: 1_200,
      step: 0,
      name: 'clean',
      attempt: 1,
      stream: 'stdout',
      text: 'one two\n',
      total: 8,
    },
    {
      run: 'run_1',
      seq: 2,
      at: 1_200,
      step: 0,
      name: 'clean',
      attempt: 1,
      stream: 'stderr',
      text: 'oh\n',
      total: 11,
    },
  ]);
  expect(appends).toBe(1);
});

test('the end of an attempt waits until its output is written down', async () => {
  const log = attempt();
  log.write('stdout', Buffer.from('done\n'));
  await log.close();
  expect(await textOf()).toBe('done\n');
});

test('an attempt that puts out nothing costs no write', async () => {
  await attempt().close();
  expect(appends).toBe(0);
});

test('a character that is cut between two chunks comes out whole', async () => {
  const log = attempt();
  const bytes = Buffer.from('grün\n');
  log.write('stdout', bytes.subarray(0, 3));
  log.write('stdout', bytes.subarray(3));
  await log.close();
  expect(await textOf()).toBe('grün\n');
});

test('numbers go on after a new start', async () => {
  const log = attempt();
  log.write('stdout', Buffer.from('before\n'));
  await log.close();
  logs = open();
  const next = attempt(2);
  next.write('stdout', Buffer.from('after\n'));
  await next.close();
  expect((await read()).map(({ seq, total, text }) => [seq, total, text])).toEqual([
    [1, 7, 'before\n'],
    [2, 13, 'after\n'],
  ]);
});

describe('a flood', () => {
  test('of one attempt leaves its beginning and its end, and says how much is missing', async () => {
    const log = attempt();
    const line = (n: number): string => `${String(n).padStart(9, '0')}\n`;
    for (let n = 0; n < 1_000_000; n += 100) {
      log.write('stdout', Buffer.from(Array.from({ length: 100 }, (_, at) => line(n + at)).join('')));
    }
    await log.close();
    const text = await textOf();
    expect(text.startsWith(line(0))).toBe(true);
    expect(text.endsWith(line(999_999))).toBe(true);
    const said = Number(/(\d+) bytes are left out here/.exec(text)?.[1]);
    const note = `${said} bytes are left out here.\n`;
    expect(text.length - note.length + said).toBe(10_000_000);
    expect(text.length).toBeLessThanOrEqual(HEAD_BYTES_MAX + TAIL_BYTES_MAX + note.length);
  });

  test('of many attempts ends at the bound of a run, and the log says so once', async () => {
    for (let n = 1; n <= 20; n += 1) {
      const log = attempt(n);
      log.write('stdout', Buffer.alloc(HEAD_BYTES_MAX, 'x'));
      await log.close();
    }
    const entries = await read();
    const bytes = entries.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
    expect(bytes).toBeLessThan(RUN_LOG_BYTES_MAX + 200);
    expect(entries.filter(({ text }) => text.includes('is full'))).toHaveLength(1);
    expect(entries.at(-1)).toMatchObject({ stream: 'note', total: RUN_LOG_BYTES_MAX });
    const other = attempt(1, 'run_2');
    other.write('stdout', Buffer.from('fine'));
    await other.close();
    expect(await textOf('run_2')).toBe('fine');
  });
});

test('a store that fails loses nothing, and the end of an attempt does not hang on it', async () => {
  failure = new Error('no space');
  const log = attempt();
  log.write('stdout', Buffer.from('one\n'));
  await log.close();
  expect(await read()).toEqual([]);
  failure = undefined;
  log.write('stdout', Buffer.from('two\n'));
  await time.advance(200);
  expect(await textOf()).toBe('one\ntwo\n');
  expect((await read()).map(({ seq }) => seq)).toEqual([1]);
});

test('whoever follows a run hears of that run alone, until it ends that', async () => {
  let heard = 0;
  const unfollow = logs.follow('run_1', () => (heard += 1));
  const log = attempt();
  log.write('stdout', Buffer.from('one'));
  await logs.flush();
  const other = attempt(1, 'run_2');
  other.write('stdout', Buffer.from('one'));
  await other.close();
  expect(heard).toBe(1);
  unfollow();
  log.write('stdout', Buffer.from('two'));
  await log.close();
  expect(heard).toBe(1);
});
