import { describe, expect, test } from 'vitest';
import { configuredTypes } from './configured-types.ts';
import { parseBoskosConfiguration } from './parse-configuration.ts';
import { poolOfType } from './pool-of-type.ts';

const faults = (text: string): readonly string[] => {
  try {
    parseBoskosConfiguration(text);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
};
const typesOf = (text: string) =>
  configuredTypes(parseBoskosConfiguration(text), { silenceMs: null, isRepeatable: false });

// The cases of the original's own test of its validation.
test.each([
  ['an empty list', 'resources: []', ['resources: there is none']],
  [
    'upper-case letters',
    'resources: [{ type: a, names: [b, C-1] }]',
    ['resources[0].names[1]: "C-1" is no name'],
  ],
  [
    'a name twice',
    'resources: [{ type: a, names: [b, b] }]',
    ['resources[0].names[1]: "b" is there already'],
  ],
  [
    'a name in two types',
    'resources: [{ type: a, names: [b] }, { type: c, names: [b] }]',
    ['as resources[0].names[0]'],
  ],
  ['no type', 'resources: [{ names: [b] }]', ['resources[0].type: is missing']],
  [
    'no names and no most',
    'resources: [{ state: free }]',
    ['resources[0].type: is missing', 'resources[0].max-count: has to be'],
  ],
  [
    'a fewest beyond the most',
    'resources: [{ type: a, min-count: 2, max-count: 1 }]',
    ['resources[0].min-count: has to be at most'],
  ],
  [
    'names and counts',
    'resources: [{ type: a, names: [b], min-count: 1, max-count: 1 }]',
    ['resources[0].min-count', 'resources[0].max-count'],
  ],
  [
    'a need of nothing',
    'resources: [{ type: a, max-count: 1, needs: { b: 1 } }]',
    ['"b" is needed, and there is no such type'],
  ],
  [
    'a need of too many',
    'resources: [{ type: a, max-count: 2, needs: { b: 1 } }, { type: b, names: [x] }]',
    ['2 of "b" are needed'],
  ],
  [
    'a wrong lifespan',
    'resources: [{ type: a, max-count: 1, lifespan: 5d }]',
    ['resources[0].lifespan: time: unknown unit'],
  ],
  [
    'wrong kinds of values',
    'resources: [{ type: [], max-count: "1" }]',
    ['resources[0].type: a text', 'resources[0].max-count: a whole number'],
  ],
  ['no YAML', 'resources: [', ['this is not YAML']],
])('a configuration with %s is refused, with everything that is wrong', (_what, text, wanted) => {
  const found = faults(text);
  expect(found).toHaveLength(wanted.length);
  wanted.forEach((part, index) => expect(found[index]).toContain(part));
});

describe('quirks of the original are kept', () => {
  test('members are found whatever their case, unknown ones passed over, and numbers are texts where texts belong', () => {
    const text = 'Resources: [{ TYPE: 7, Names: [10.0.0.1, 12, on], color: red }]';
    expect(parseBoskosConfiguration(text)[0]).toMatchObject({ type: '7', names: ['10.0.0.1', '12', 'true'] });
  });

  test('a lifespan is a duration of Go, or nanoseconds', () => {
    const lifespan = (said: string) =>
      parseBoskosConfiguration(`resources: [{ type: a, max-count: 1, lifespan: ${said} }]`)[0]?.lifespanMs;
    expect([lifespan('1.5h'), lifespan('3600000000000'), lifespan('null')]).toEqual([
      5_400_000,
      3_600_000,
      null,
    ]);
  });

  test('entries of one type are one type, each name with the state of its own entry', () => {
    const text =
      'resources: [{ type: a, state: dirty, names: [x] }, { type: b, max-count: 3 }, { type: a, names: [z] }, { type: a, max-count: 9 }]';
    expect(typesOf(text)).toEqual([
      { pool: 'a', type: 'a', initial: 'dirty', names: ['x', 'z'], initialOf: { z: 'free' } },
      {
        pool: 'b',
        type: 'b',
        initial: 'free',
        names: [],
        dynamic: { min: 0, max: 3, lifespanMs: null, needs: {}, content: null },
      },
    ]);
  });
});

test('a type that can be no name of a pool becomes one that has it, and no two become one', () => {
  expect(poolOfType('gce-project')).toBe('gce-project');
  expect(poolOfType('odd type/x')).toMatch(/^odd-type-x-[0-9a-f]{8}$/);
  expect(poolOfType('default')).not.toBe('default');
  expect(poolOfType('a/b')).not.toBe(poolOfType('a b'));
  expect(poolOfType(`a${'b'.repeat(100)}`)).toHaveLength(63);
  expect(poolOfType('äöü')).toMatch(/^type-[0-9a-f]{8}$/);
});
