import { expect, test } from 'vitest';
import { Throttle } from './throttle.ts';

test('no second takes more calls than are allowed, and who is refused is told when to come back', () => {
  const throttle = new Throttle();
  const taken = Array.from({ length: 5 }, (_, index) => throttle.take(3, 1_000 + index * 100));
  expect(taken).toEqual([0, 0, 0, 700, 600]);
  expect(throttle.take(3, 1_999)).toBe(1);
  expect(throttle.take(3, 2_000)).toBe(0);
  expect(throttle.take(3, 2_000)).toBe(100);
});

test('a smaller limit holds for the calls that were taken under a larger one', () => {
  const throttle = new Throttle();
  for (let index = 0; index < 4; index += 1) throttle.take(4, index * 10);
  expect(throttle.take(2, 100)).toBe(920);
});
