import type { Lease } from '@poolkeeper/client';
import { expect, test } from 'vitest';
import { QueueDisplay } from './queue-display.ts';

const lease = (position: number | null, status = 'queued') =>
  ({ id: 'lse_1', status, position, items: [{ pool: 'web', count: 2 }] }) as unknown as Lease;

function displayOn(terminal: { isTerminal: boolean; columns: number }) {
  const written: string[] = [];
  return { written, display: new QueueDisplay({ ...terminal, write: (text) => void written.push(text) }) };
}

test('on a terminal one line is written over, never longer than the terminal, and taken away at the end', () => {
  const { written, display } = displayOn({ isTerminal: true, columns: 40 });
  display.show(lease(2), 0);
  display.show(lease(1), 5_000);
  display.clear();
  display.clear();
  expect(written).toEqual([
    '\r\u001b[2Kwaiting for 2 of web: number 2 in line ',
    '\r\u001b[2Kwaiting for 2 of web: number 1 in line ',
    '\r\u001b[2K',
  ]);
});

test('elsewhere each change has a line of its own, and what stays the same none', () => {
  const { written, display } = displayOn({ isTerminal: false, columns: Infinity });
  expect(display.hasShown).toBe(false);
  display.show(lease(2), 0);
  display.show(lease(2), 5_000);
  display.show(lease(1), 10_000);
  display.show(lease(1), 15_000, 'the server does not answer');
  display.show(lease(null, 'preparing'), 20_000);
  display.clear();
  expect(display.hasShown).toBe(true);
  expect(written).toEqual([
    'waiting for 2 of web: number 2 in line (lease lse_1)\n',
    'waiting for 2 of web: number 1 in line (lease lse_1)\n',
    'waiting for 2 of web: the server does not answer; trying on\n',
    'waiting for 2 of web: being prepared\n',
  ]);
});
