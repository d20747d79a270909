import { expect, test } from 'vitest';
import { systemTimers } from './system-clock.ts';
import { sleep } from './timers.ts';
import { VirtualTime } from './virtual-time.ts';

test('timers fire in the order of their instants, equal ones in the order they were set', async () => {
  const time = new VirtualTime(0);
  const fired: string[] = [];
  time.set(20, () => fired.push(`late at ${time.now()}`));
  time.set(10, () => fired.push(`first at ${time.now()}`));
  time.set(10, () => fired.push(`second at ${time.now()}`));
  await time.advance(10);
  expect(fired).toEqual(['first at 10', 'second at 10']);
  await time.advance(100);
  expect(fired.at(-1)).toBe('late at 20');
  expect(time.now()).toBe(110);
});

test('a timer that is set by another one fires in the same advance when it falls due in it', async () => {
  const time = new VirtualTime(0);
  const woke: number[] = [];
  const walk = async (): Promise<void> => {
    for (let step = 0; step < 3; step += 1) {
      await sleep(time, 5);
      woke.push(time.now());
    }
  };
  const walking = walk();
  await time.advance(15);
  await walking;
  expect(woke).toEqual([5, 10, 15]);
});

test('a cancelled timer never fires and is not counted', async () => {
  const time = new VirtualTime();
  const cancel = time.set(5, () => expect.unreachable());
  expect(time.pending).toBe(1);
  cancel();
  cancel();
  expect(time.pending).toBe(0);
  await time.advance(10);
});

test('sleep ends with the reason of the signal and leaves no timer', async () => {
  const time = new VirtualTime();
  const abort = new AbortController();
  const sleeping = sleep(time, 1_000, abort.signal);
  abort.abort(new Error('no longer wanted'));
  await expect(sleeping).rejects.toThrow('no longer wanted');
  await expect(sleep(time, 1_000, abort.signal)).rejects.toThrow('no longer wanted');
  expect(time.pending).toBe(0);
});

test('a delay that the runtime cannot count does not fire at once', async () => {
  let hasFired = false;
  const cancel = systemTimers.set(2 ** 40, () => {
    hasFired = true;
  });
  await sleep(systemTimers, 20);
  cancel();
  expect(hasFired).toBe(false);
});
