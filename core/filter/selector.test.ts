import { describe, expect, test } from 'vitest';
import { fitsSelector, selectorKey } from './selector.ts';
import type { FilterSubject } from './filter.ts';

const subject: FilterSubject = {
  name: 'b1',
  kind: 'machine',
  labels: { arch: 'arm64', disk: 'big' },
  params: { ram: 8 },
  addresses: [],
};

describe('a selector asks for equal labels, and for what its filter accepts', () => {
  test.each([
    [{}, null, true],
    [{ arch: 'arm64' }, null, true],
    [{ arch: 'arm64', disk: 'big' }, null, true],
    [{ arch: 'x86' }, null, false],
    [{ arch: 'arm64', owner: 'ann' }, null, false],
    [{ constructor: 'x' }, null, false],
    [{ arch: 'arm64' }, 'params.ram >= 8', true],
    [{ arch: 'arm64' }, 'params.ram > 8', false],
    [{ arch: 'x86' }, 'params.ram >= 8', false],
  ])('%j with the filter %s → %s', (match, filter, fits) => {
    expect(fitsSelector(subject, { match: match as Record<string, string>, filter })).toBe(fits);
  });
});

test('selectors that select the same have one key, whatever the order of their labels', () => {
  expect(selectorKey({ match: { a: '1', b: '2' }, filter: null })).toBe(
    selectorKey({ match: { b: '2', a: '1' }, filter: null }),
  );
});

test('no two selectors share a key', () => {
  const keys = [
    { match: {}, filter: null },
    { match: { a: '1' }, filter: null },
    { match: { a: '1', b: '2' }, filter: null },
    { match: { a: '1,b=2' }, filter: null },
    { match: { 'a","1"],["b': '2' }, filter: null },
    { match: { a: '1' }, filter: 'true' },
    { match: {}, filter: 'a=1' },
  ].map(selectorKey);
  expect(new Set(keys).size).toBe(keys.length);
});
