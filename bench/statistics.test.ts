import { expect, test } from 'vitest';
import { latenciesOf, median, percentile } from './statistics.ts';

test('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow('nothing');
});

test('a percentile is a value that was measured, by nearest rank', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(percentile(values, 0.99)).toBe(198);
  expect(percentile(values, 0.5)).toBe(100);
  expect(percentile(values, 1)).toBe(200);
  expect(percentile([7], 0.99)).toBe(7);
  expect(() => percentile([], 0.5)).toThrow('nothing');
});

test('latencies of numbers are ordered as numbers', () => {
  expect(latenciesOf([10, 9, 100])).toEqual({ count: 3, p50: 10, p99: 100, max: 100 });
});
