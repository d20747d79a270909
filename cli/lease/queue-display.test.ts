import type { Lease, LeaseExplanation, Poolkeeper } from '@poolkeeper/client';
import { expect, test } from 'vitest';
import { QueueDisplay } from './queue-display.ts';
import { QueueWatch } from './queue-watch.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const IN_4_MINUTES = '2026-03-01T10:04:00Z';
const lease = (position: number | null, status: Lease['status'] = 'queued') =>
  ({ id: 'lse_1', status, position, items: [{ pool: 'web', count: 2 }] }) as unknown as Lease;

function displayOn(terminal: { isTerminal: boolean; columns: number }) {
  const written: string[] = [];
  const output = { ...terminal, write: (text: string) => void written.push(text) };
  return { written, display: new QueueDisplay(output, () => NOW) };
}

test('on a terminal one line is written over, never longer than the terminal, and taken away at the end', () => {
  const { written, display } = displayOn({ isTerminal: true, columns: 40 });
  display.show({ lease: lease(2), waitedMs: 0, startsAt: null });
  display.show({ lease: lease(1), waitedMs: 5_000, startsAt: IN_4_MINUTES });
  display.clear();
  display.clear();
  expect(written).toEqual([
    '\r\u001b[2Kwaiting for 2 of web: number 2 in line,',
    '\r\u001b[2Kwaiting for 2 of web: number 1 in line,',
    '\r\u001b[2K',
  ]);
});

test('a terminal that is wide enough says when it may start, and how long it took so far', () => {
  const { written, display } = displayOn({ isTerminal: true, columns: 80 });
  display.show({ lease: lease(2), waitedMs: 65_000, startsAt: IN_4_MINUTES });
  expect(written).toEqual([
    '\r\u001b[2Kwaiting for 2 of web: number 2 in line, expected in 4m, waited 1m 5s',
  ]);
});

test('elsewhere each change of the place has a line of its own, and what stays the same none', () => {
  const { written, display } = displayOn({ isTerminal: false, columns: Infinity });
  expect(display.hasShown).toBe(false);
  display.show({ lease: lease(2), waitedMs: 0, startsAt: IN_4_MINUTES });
  display.show({ lease: lease(2), waitedMs: 5_000, startsAt: null });
  display.show({ lease: lease(1), waitedMs: 10_000, startsAt: '2026-03-01T09:59:00Z' });
  display.show({ lease: lease(1), waitedMs: 15_000, startsAt: null, trouble: 'the server does not answer' });
  display.show({ lease: lease(null, 'preparing'), waitedMs: 20_000, startsAt: IN_4_MINUTES });
  display.clear();
  expect(display.hasShown).toBe(true);
  expect(written).toEqual([
    'waiting for 2 of web: number 2 in line, expected in 4m (lease lse_1)\n',
    'waiting for 2 of web: number 1 in line (lease lse_1)\n',
    'waiting for 2 of web: the server does not answer; trying on (lease lse_1)\n',
    'waiting for 2 of web: being prepared (lease lse_1)\n',
  ]);
});

/** A watch in a world where time passes only while somebody sleeps. */
function aWatch(isTerminal: boolean, estimate: () => string | null) {
  let now = NOW;
  let asked = 0;
  const written: string[] = [];
  const output = { isTerminal, columns: 100, write: (text: string) => void written.push(text) };
  const sleeps: { until: number; wake: () => void }[] = [];
  const context = {
    now: () => now,
    sleep: (delayMs: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        sleeps.push({ until: now + delayMs, wake: resolve });
        signal?.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
  const explain = async () => {
    asked += 1;
    return { estimatedStart: estimate() } as LeaseExplanation;
  };
  const client = { leases: { explain } } as unknown as Pick<Poolkeeper, 'leases'>;
  const watch = new QueueWatch({ context, client, display: new QueueDisplay(output, context.now) });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      await settle();
      now += 1_000;
      for (const sleeper of sleeps.splice(0)) sleeper.wake();
    }
    await settle();
  };
  return { watch, written, pass, asked: () => asked };
}

test('the estimate is asked for now and then, and the line goes on meanwhile', async () => {
  const { watch, written, pass, asked } = aWatch(true, () => IN_4_MINUTES);
  watch.saw({ lease: lease(3), waitedMs: 0, trouble: undefined });
  expect(written.at(-1)).toMatch(/number 3 in line, waited 0s$/);
  await pass(5);
  expect(written.at(-1)).toMatch(/number 3 in line, expected in 3m 55s, waited 5s$/);
  expect(asked()).toBe(1);
  await pass(6);
  expect(asked()).toBe(2);
  await watch[Symbol.asyncDispose]();
  const { length } = written;
  await pass(3);
  expect(written.length).toBe(length);
});

test('a line that stays is written once it can say when, and not again for another estimate', async () => {
  const { watch, written, pass, asked } = aWatch(false, () => IN_4_MINUTES);
  watch.saw({ lease: lease(3), waitedMs: 0, trouble: undefined });
  expect(written).toEqual([]);
  await pass(25);
  watch.saw({ lease: lease(2), waitedMs: 25_000, trouble: undefined });
  expect(written).toEqual([
    'waiting for 2 of web: number 3 in line, expected in 4m (lease lse_1)\n',
    'waiting for 2 of web: number 2 in line, expected in 3m 35s (lease lse_1)\n',
  ]);
  expect(asked()).toBe(1);
  await watch[Symbol.asyncDispose]();
});
