import { readFileSync } from 'node:fs';
import { pid } from 'node:process';
import { expect, test } from 'vitest';
import { ProcessTable, parseStat, readBootId } from './process-table.ts';

const FIELDS_6_TO_22 = '6472 0 -1 4194304 101 0 0 0 0 0 0 0 20 0 1 0 138801';

test.each([
  ['77 (sleep) S 1 70 ', { processGroup: 70, isZombie: false }],
  ['77 (a) S 1 (b) c) Z 1 70 ', { processGroup: 70, isZombie: true }],
  ['77 (tmux: server) R 1 70 ', { processGroup: 70, isZombie: false }],
])('a line of /proc is read whatever the name of the program: %s', (start, expected) => {
  const line = `${start}${FIELDS_6_TO_22} 3133440 388`;
  expect(parseStat(line)).toEqual({ pid: 77, startTime: '138801', ...expected });
});

test.each(['', '77', '77 (sleep) S 1', '77 (sleep', 'x (sleep) S 1 70 77 1'])(
  '%j is no such line',
  (line) => {
    expect(parseStat(line)).toBeUndefined();
  },
);

const self = () => {
  const stat = parseStat(readFileSync('/proc/self/stat', 'utf8'));
  return { pid, startTime: stat?.startTime ?? '', bootId: readBootId() };
};

test('a process is found by its identity, and not by its pid alone', () => {
  const table = new ProcessTable('x');
  expect(table.isAlive(self())).toBe(true);
  expect(table.find({ ...self(), startTime: `${Number(self().startTime) + 1}` })).toBeUndefined();
  expect(table.find({ ...self(), bootId: 'another' })).toBeUndefined();
});

test('readings that are asked for together are one, and none is older than its question', async () => {
  const table = new ProcessTable('x');
  const first = table.list();
  const [second, third] = [table.list(), table.list()];
  expect(third).toBe(second);
  expect(second).not.toBe(first);
  expect((await second).map((process) => process.pid)).toContain(pid);
});
