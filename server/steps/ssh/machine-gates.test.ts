import { expect, test } from 'vitest';
import { Gate, MachineGates, SESSIONS_MAX } from './machine-gates.ts';

const never = new AbortController().signal;

test('a gate lets in as many as it has places, and then who came first', async () => {
  const gate = new Gate(2);
  const order: string[] = [];
  const leaves = [await gate.enter(never), await gate.enter(never)];
  const waiting = ['first', 'second'].map(async (name) => {
    const leave = await gate.enter(never);
    order.push(name);
    return leave;
  });
  expect(order).toEqual([]);
  leaves[0]?.();
  leaves.push((await waiting[0]) ?? (() => {}));
  expect(order).toEqual(['first']);
  // Twice is harmless: the place was given back once.
  leaves[0]?.();
  expect(order).toEqual(['first']);
  leaves[1]?.();
  await waiting[1];
  expect(order).toEqual(['first', 'second']);
});

test('who gives up waiting takes no place', async () => {
  const gate = new Gate(1);
  const leave = await gate.enter(never);
  const aborter = new AbortController();
  const waiting = gate.enter(aborter.signal);
  aborter.abort(new Error('the time is over'));
  await expect(waiting).rejects.toThrow('the time is over');
  leave();
  expect(gate.isIdle).toBe(true);
});

test('one machine is asked for a bounded number of sessions, and machines that nobody uses are forgotten', async () => {
  const gates = new MachineGates();
  const { promise: go, resolve } = Promise.withResolvers<void>();
  let running = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await go;
    running -= 1;
  };
  const all = Array.from({ length: SESSIONS_MAX * 3 }, () => gates.with('board-1:22', never, work));
  const other = gates.with('board-2:22', never, () => Promise.resolve('at once'));
  expect(await other).toBe('at once');
  resolve();
  await Promise.all(all);
  expect(most).toBe(SESSIONS_MAX);
  expect(gates.size).toBe(0);
});
