import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareText, SortedList } from './sorted-list.ts';

type Pair = { readonly key: number; readonly value: string };
const byKey = (a: Pair, b: Pair): number => a.key - b.key;

function listOf(...keys: number[]): SortedList<Pair> {
  const list = new SortedList<Pair>(byKey);
  for (const key of keys) list.add({ key, value: `v${key}` });
  return list;
}

const keysOf = (pairs: Iterable<Pair>): number[] => [...pairs].map(({ key }) => key);
const probe = (key: number): Pair => ({ key, value: 'probe' });

describe('a sorted list', () => {
  test('of nothing answers nothing', () => {
    const list = listOf();
    expect([list.size, list.first(), list.last(), list.has(probe(1)), list.rank(probe(1))]).toEqual([
      0,
      undefined,
      undefined,
      false,
      0,
    ]);
    expect(list.remove(probe(1))).toBe(false);
    expect([keysOf(list), keysOf(list.after(probe(1))), keysOf(list.backwards())]).toEqual([[], [], []]);
  });

  test.each<[string, number[]]>([
    ['rising', [1, 2, 3]],
    ['falling', [3, 2, 1]],
    ['mixed', [2, 3, 1]],
  ])('is in order whatever the order of adding: %s', (_how, keys) => {
    const list = listOf(...keys);
    expect(keysOf(list)).toEqual([1, 2, 3]);
    expect(keysOf(list.backwards())).toEqual([3, 2, 1]);
    expect([list.first()?.key, list.last()?.key, list.size]).toEqual([1, 3, 3]);
  });

  test('replaces what compares equal', () => {
    const list = listOf(1, 2, 3);
    list.add({ key: 2, value: 'new' });
    expect([...list].map(({ value }) => value)).toEqual(['v1', 'new', 'v3']);
    expect(list.size).toBe(3);
  });

  test.each([
    [0, [1, 3, 5], 0],
    [1, [3, 5], 0],
    [2, [3, 5], 1],
    [5, [], 2],
    [6, [], 3],
  ])('after %i comes %j, with %i before', (key, after, rank) => {
    const list = listOf(1, 3, 5);
    expect(keysOf(list.after(probe(key)))).toEqual(after);
    expect(list.rank(probe(key))).toBe(rank);
  });
});

test('it does what a sorted array does, over many chunks', () => {
  const key = fc.integer({ min: 0, max: 3_000 });
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('add' as const), key }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), key }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('addRun' as const), key }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('removeRun' as const), key }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('look' as const), key }) },
  );
  const RUN = 700;
  let largest = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 40 }), (steps) => {
      const list = new SortedList<Pair>(byKey);
      const model = new Map<number, Pair>();
      const add = (at: number, value: string) => {
        list.add({ key: at, value });
        model.set(at, { key: at, value });
      };
      const remove = (at: number) => expect(list.remove(probe(at))).toBe(model.delete(at));
      steps.forEach((next, n) => {
        const run = Array.from({ length: RUN }, (_, offset) => next.key + offset);
        if (next.do === 'add') add(next.key, `s${n}`);
        if (next.do === 'remove') remove(next.key);
        if (next.do === 'addRun') for (const at of n % 2 === 0 ? run : run.toReversed()) add(at, `s${n}`);
        if (next.do === 'removeRun') for (const at of run) remove(at);
        const sorted = [...model.values()].toSorted(byKey);
        largest = Math.max(largest, sorted.length);
        expect([list.size, list.first(), list.last()]).toEqual([sorted.length, sorted[0], sorted.at(-1)]);
        expect(list.rank(probe(next.key))).toBe(sorted.filter((pair) => pair.key < next.key).length);
        expect(list.has(probe(next.key))).toBe(model.has(next.key));
        const [next1] = list.after(probe(next.key));
        expect(next1).toEqual(sorted.find((pair) => pair.key > next.key));
      });
      const sorted = [...model.values()].toSorted(byKey);
      expect([...list]).toEqual(sorted);
      expect([...list.backwards()]).toEqual(sorted.toReversed());
    }),
    { numRuns: 60 },
  );
  expect(largest).toBeGreaterThan(2_000);
});

describe('what a list costs grows with the logarithm of its size (L19)', () => {
  /** The most comparisons that one operation on a list of this many elements needs. */
  function comparisonsAt(size: number): number {
    let count = 0;
    const list = new SortedList<number>((a, b) => {
      count += 1;
      return a - b;
    });
    for (let n = 0; n < size; n += 1) list.add(n * 2);
    let most = 0;
    const measure = (act: () => void) => {
      count = 0;
      act();
      most = Math.max(most, count);
    };
    for (const at of [0, 0.1, 0.5, 0.9, 1]) {
      const between = Math.floor((size - 1) * at) * 2 + 1;
      measure(() => list.add(between));
      measure(() => void list.rank(between));
      measure(() => void list.has(between));
      measure(() => void list.after(between).next());
      measure(() => void list.remove(between));
    }
    return most;
  }

  test('a hundred times as many elements cost a few comparisons more', () => {
    const [small, large] = [comparisonsAt(1_000), comparisonsAt(100_000)];
    expect(small).toBeLessThan(20);
    expect(large).toBeLessThan(small + 10);
  });

  test('also where the list was filled at its end and emptied at its front', () => {
    let count = 0;
    const list = new SortedList<number>((a, b) => {
      count += 1;
      return a - b;
    });
    for (let n = 0; n < 20_000; n += 1) list.add(n);
    for (let n = 0; n < 19_000; n += 1) list.remove(n);
    count = 0;
    list.add(20_000);
    list.remove(19_000);
    expect(count).toBeLessThan(40);
    expect([list.size, list.first(), list.last()]).toEqual([1_000, 19_001, 20_000]);
  });
});

test('text is ordered by code unit, as the store orders ids', () => {
  const words = ['b', 'a', 'B', 'é', 'a1', '', '😀', '\uffff'];
  expect(words.toSorted(compareText)).toEqual(words.toSorted());
  expect(compareText('a', 'a')).toBe(0);
});
