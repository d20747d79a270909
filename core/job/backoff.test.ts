import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffMs, JOB_ATTEMPTS_MAX } from './backoff.ts';

describe('a failed job waits longer each time, up to a minute (J5)', () => {
  test.each([
    [1, 250, 500],
    [2, 500, 1_000],
    [3, 1_000, 2_000],
    [7, 16_000, 32_000],
    [8, 30_000, 60_000],
    [9, 30_000, 60_000],
    [1_000_000, 30_000, 60_000],
  ])('after %i failures from %i to %i milliseconds', (attempts, least, most) => {
    expect(backoffMs(attempts, 0)).toBe(least);
    expect(backoffMs(attempts, 1)).toBe(most);
  });

  test('whatever chance says, it is a whole number in the upper half of the interval', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempts, random) => {
          const [least, most] = [backoffMs(attempts, 0), backoffMs(attempts, 1)];
          const wait = backoffMs(attempts, random);
          expect(Number.isInteger(wait)).toBe(true);
          expect(wait).toBeGreaterThanOrEqual(least);
          expect(wait).toBeLessThanOrEqual(most);
        },
      ),
    );
  });

  test('a job is given up after about twenty minutes (J6)', () => {
    let total = 0;
    for (let attempts = 1; attempts < JOB_ATTEMPTS_MAX; attempts += 1) total += backoffMs(attempts, 0.5);
    expect(Math.round(total / 60_000)).toBe(19);
  });
});
