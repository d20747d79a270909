import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createIdSource } from './id-source.ts';

test('ids rise in the order in which they are made, whatever the clock does', () => {
  const instants = [1_000, 1_000, 999, 1_001, 500, 1_002];
  let now = 0;
  const newId = createIdSource({ now: () => instants[now++ % instants.length] as number }, randomBytes);
  const ids = Array.from({ length: 100_000 }, () => newId('lse'));
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids[0]).toMatch(/^lse_[0-9a-z]{18}$/);
});

test('two sources that start in the same millisecond make different ids', () => {
  const clock = { now: () => 1_000 };
  expect(createIdSource(clock, randomBytes)('res')).not.toBe(createIdSource(clock, randomBytes)('res'));
});
