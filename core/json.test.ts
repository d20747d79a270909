import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, isSameJson } from './json.ts';
import type { Json } from './json.ts';

/** The same data with the members of every object in reverse. */
function reversed(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, member]) => [name, reversed(member)]),
  );
}

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;

describe('canonical text of data', () => {
  test.each<[Json, string]>([
    [null, 'null'],
    ['a"b', '"a\\"b"'],
    [[2, 1], '[2,1]'],
    [{ b: 1, a: [{ d: 1, c: null }] }, '{"a":[{"c":null,"d":1}],"b":1}'],
    [{}, '{}'],
    [[], '[]'],
  ])('%j', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test('is equal for equal data, whatever the order of members', () => {
    fc.assert(fc.property(json, (value) => canonicalJson(reversed(value)) === canonicalJson(value)));
  });

  test('is the data itself', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('differs for different data', () => {
    const values: Json[] = [
      null,
      0,
      '',
      '0',
      false,
      [],
      {},
      [[]],
      [{}],
      { a: 1 },
      { a: '1' },
      ['a', 1],
      [null],
    ];
    expect(new Set(values.map(canonicalJson)).size).toBe(values.length);
  });
});

test('data is the same where its canonical text is', () => {
  const pair = fc.oneof(
    fc.tuple(json, json),
    json.map((value): [Json, Json] => [value, reversed(value)]),
    // Much alike, and different in one place or in none.
    fc.tuple(
      fc.dictionary(fc.constantFrom('a', 'b'), fc.nat(1)),
      fc.dictionary(fc.constantFrom('a', 'b'), fc.nat(1)),
    ),
    fc.tuple(fc.array(fc.nat(1)), fc.array(fc.nat(1))),
  ) as fc.Arbitrary<[Json, Json]>;
  fc.assert(
    fc.property(pair, ([a, b]) => {
      expect(isSameJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
      expect(isSameJson(b, a)).toBe(canonicalJson(a) === canonicalJson(b));
    }),
    { numRuns: 500 },
  );
});
