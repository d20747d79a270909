import { expect, test } from 'vitest';
import { createSteadyClock } from './steady-clock.ts';

function aClock() {
  let machineAt = 1_000_000;
  let elapsedAt = 5;
  const clock = createSteadyClock({ now: () => machineAt }, { now: () => elapsedAt });
  return {
    clock,
    pass: (ms: number) => {
      machineAt += ms;
      elapsedAt += ms;
    },
    set: (byMs: number) => {
      machineAt += byMs;
    },
  };
}

test('time passes as it does for the machine', () => {
  const { clock, pass } = aClock();
  expect(clock.now()).toBe(1_000_000);
  pass(1_234);
  expect(clock.now()).toBe(1_001_234);
});

test('a clock that is set forward is followed at once', () => {
  const { clock, set, pass } = aClock();
  set(60_000);
  pass(1);
  expect(clock.now()).toBe(1_060_001);
});

test('after the clock was set back, time goes on at half its pace until the clock has caught up', () => {
  const { clock, set, pass } = aClock();
  set(-1_000);
  expect(clock.now()).toBe(1_000_000);
  pass(1_000);
  expect(clock.now()).toBe(1_000_500);
  pass(1_000);
  expect(clock.now()).toBe(1_001_000);
  pass(1_000);
  expect(clock.now()).toBe(1_002_000);
});

test('how often it is asked does not change what it says', () => {
  const [often, once] = [aClock(), aClock()];
  for (const { set } of [often, once]) set(-10_000);
  for (let n = 0; n < 1_000; n += 1) {
    often.pass(3);
    once.pass(3);
    often.clock.now();
  }
  expect(often.clock.now()).toBe(once.clock.now());
});

test('an instant that was reached before the start is not undercut', () => {
  const { clock, pass } = aClock();
  clock.reach(1_100_000);
  expect(clock.now()).toBe(1_100_000);
  clock.reach(1_000);
  pass(2_000);
  expect(clock.now()).toBe(1_101_000);
});
