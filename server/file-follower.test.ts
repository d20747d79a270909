import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileFollower, FOLLOWED_BYTES_MAX } from './file-follower.ts';
import type { Timers } from './timers.ts';

let folder: string;
let path: string;
let taken: string[];
let logged: string[];
let looks: (() => void)[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poolkeeper-follow-'));
  path = join(folder, 'config.yaml');
  [taken, logged, looks] = [[], [], []];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The test says when it is looked. */
const timers: Timers = {
  set: (_delayMs, callback) => {
    looks.push(callback);
    return () => {};
  },
};

async function open(): Promise<FileFollower> {
  const logger = pino({ base: null }, { write: (line: string) => void logged.push(line) });
  const onChange = (text: string): void => {
    if (text === 'wrong') throw new Error('this is wrong');
    taken.push(text);
  };
  const file = await FileFollower.open({ path, timers, logger, onChange, meanwhile: 'It stays.' });
  file.follow();
  return file;
}

async function look(): Promise<void> {
  looks.shift()?.();
  // The next look is asked for when this one is over.
  await expect.poll(() => looks.length, { timeout: 5_000, interval: 1 }).toBe(1);
}

test('a file that is still being written is not taken until it rests', async () => {
  writeFileSync(path, 'whole');
  await using _file = await open();
  writeFileSync(path, 'ha');
  await look();
  writeFileSync(path, 'half');
  await look();
  expect(taken).toEqual([]);
  writeFileSync(path, 'half and half');
  await look();
  await look();
  await look();
  expect(taken).toEqual(['half and half']);
});

test('a folder that is swapped behind a link is seen, as Kubernetes swaps what it mounts', async () => {
  const swap = (version: string): void => {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'config.yaml'), `text of ${version}`);
    symlinkSync(version, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  swap('v1');
  symlinkSync(join('..data', 'config.yaml'), path);
  await using file = await open();
  expect(file.text).toBe('text of v1');
  swap('v2');
  rmSync(join(folder, 'v1'), { recursive: true });
  await look();
  await look();
  expect(taken).toEqual(['text of v2']);
});

test('a file that is away, too large or wrong is said to be so once, and the next good one is taken', async () => {
  writeFileSync(path, 'first');
  await using _file = await open();
  rmSync(path);
  await look();
  await look();
  expect(logged).toHaveLength(1);
  writeFileSync(path, Buffer.alloc(FOLLOWED_BYTES_MAX + 1));
  await look();
  await look();
  expect(logged).toHaveLength(2);
  expect(logged[1]).toContain('make it smaller');
  writeFileSync(path, 'wrong');
  for (let count = 0; count < 4; count += 1) await look();
  expect(logged).toHaveLength(3);
  expect(logged[2]).toContain('this is wrong');
  writeFileSync(path, 'good');
  await look();
  await look();
  expect(taken).toEqual(['good']);
});

test('a file that is read because somebody asked is what changes are told by from then on', async () => {
  writeFileSync(path, 'one');
  await using file = await open();
  writeFileSync(path, 'two');
  await file.read();
  writeFileSync(path, 'one');
  await look();
  await look();
  expect(taken).toEqual(['two', 'one']);
  writeFileSync(path, 'wrong');
  await expect(file.read()).rejects.toThrow('this is wrong');
  expect(taken).toEqual(['two', 'one']);
});
