import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConfiguredPool } from '../configuration/configuration.ts';
import type { JobOutcome } from '../model/job.ts';
import type { Pool, SplitShare } from '../model/pool.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { anUpkeep, aThing, look } from '../testing/upkeep-builder.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { poolSize } from '../upkeep/pool-size.ts';
import { divideSize, poolsBehind } from './split-pool.ts';

const shares = (...weights: number[]): SplitShare[] =>
  weights.map((weight, index) => ({ pool: `p${index + 1}`, weight }));

describe('a size is divided by weight, the heaviest first, rounded up (P24)', () => {
  test.each<[number, number[], number[]]>([
    [0, [60, 40], [0, 0]],
    [1, [60, 40], [1, 0]],
    [2, [60, 40], [2, 0]],
    [3, [60, 40], [2, 1]],
    [5, [60, 40], [3, 2]],
    [10, [60, 40], [6, 4]],
    [10, [40, 60], [4, 6]],
    [7, [50, 50], [4, 3]],
    [1, [50, 50], [1, 0]],
    [10, [50, 30, 20], [5, 3, 2]],
    [3, [34, 33, 33], [2, 1, 0]],
    [100, [1], [100]],
  ])('%i over %j is %j', (size, weights, parts) => {
    expect(divideSize(size, shares(...weights))).toEqual(parts);
  });

  test('the parts are the whole, and none is more than its weight rounded up', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.nat(1_000_000), weights, (size, all) => {
        const parts = divideSize(size, shares(...all));
        const total = all.reduce((sum, weight) => sum + weight, 0);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(size);
        parts.forEach((part, index) =>
          expect(part).toBeLessThanOrEqual(Math.ceil((size * (all[index] as number)) / total)),
        );
      }),
    );
  });
});

/** web divides its size over near (60) and far (40). */
function aSplit(desired: number): TestWorld {
  const t = new TestWorld();
  t.sizedPool('near', { desired: 0 });
  t.sizedPool('far', { desired: 0 });
  t.sizedPool('web', { desired }, { split: SPLIT });
  return t;
}
const SPLIT: SplitShare[] = [
  { pool: 'near', weight: 60 },
  { pool: 'far', weight: 40 },
];

const sizes = (t: TestWorld): unknown[] =>
  ['near', 'far'].map((name) => [
    name,
    t.world.pools.get(name)?.pool.size,
    t.world.pools.get(name)?.members.size,
  ]);

test('children get their shares with the size, and make their members (P24)', () => {
  const t = aSplit(5);
  expect(sizes(t)).toEqual([
    ['near', { desired: 3 }, 3],
    ['far', { desired: 2 }, 2],
  ]);
  t.finishJobs();
  t.do({ type: 'putPool', name: 'web', merge: true, spec: { size: { desired: 1 } } });
  t.finishJobs();
  expect(sizes(t)).toEqual([
    ['near', { desired: 1 }, 1],
    ['far', { desired: 0 }, 0],
  ]);
  expect(t.world.pools.get('web')?.members.size).toBe(0);
  expect(poolsBehind(t.world, 'web')).toEqual(['near', 'far']);
  expect(poolsBehind(t.world, 'near')).toEqual(['near']);
  expect(checkWorld(t.world)).toEqual([]);
});

test('other weights divide anew, and a pool that leaves the split keeps the size that it has', () => {
  const t = aSplit(10);
  t.do({ type: 'putPool', name: 'web', merge: true, spec: { split: [{ pool: 'near', weight: 1 }] } });
  expect(sizes(t).map((row) => (row as unknown[])[1])).toEqual([{ desired: 10 }, { desired: 4 }]);
  t.do({ type: 'putPool', name: 'far', merge: true, spec: { size: { desired: 1 } } });
  expect(t.world.pools.get('far')?.pool.size).toEqual({ desired: 1 });
});

test('the size of a child is set at its parent alone; a specification leaves it as it is (P24)', () => {
  const t = aSplit(5);
  const refused = refusalOf(() =>
    t.do({ type: 'putPool', name: 'near', merge: true, spec: { size: { desired: 9 } } }),
  );
  expect(refused).toMatchObject({ code: 'invalid_input', at: '/size' });
  t.do({
    type: 'putPool',
    name: 'near',
    merge: false,
    spec: { provider: 'maker', size: { desired: 0 }, template: {} },
  });
  expect(t.world.pools.get('near')?.pool.size).toEqual({ desired: 3 });
});

test('a configuration that names the children again changes nothing', () => {
  const t = new TestWorld();
  const pool = (name: string, spec: Partial<Pool>): ConfiguredPool => ({
    spec: { name, provider: 'maker', template: {}, ...spec },
    resources: [],
  });
  const pools = [
    pool('web', { size: { desired: 5 }, split: SPLIT }),
    pool('near', { size: { desired: 0 } }),
    pool('far', { size: { desired: 0 } }),
  ];
  const configure = (): unknown[] => [
    ...t.do({ type: 'configure', providers: [], pools, isPruning: false, agreed: null }).entries,
  ];
  expect(configure()).toHaveLength(3);
  expect(sizes(t).map((row) => (row as unknown[])[1])).toEqual([{ desired: 3 }, { desired: 2 }]);
  expect(configure()).toEqual([]);
});

describe('a split that cannot be is refused, and nothing changed', () => {
  test.each<[string, Partial<Pool>, string]>([
    ['a pool that is not there', { split: [{ pool: 'nope', weight: 1 }] }, '/split/0/pool'],
    ['itself', { split: [{ pool: 'web', weight: 1 }] }, '/split/0/pool'],
    ['one pool twice', { split: [...SPLIT, ...SPLIT] }, '/split/2/pool'],
    ['no weight', { split: [{ pool: 'near', weight: 0 }] }, '/split/0/weight'],
    ['no pool', { split: [] }, '/split'],
    ['bounds for a size', { size: { min: 0, max: 3, buffer: 0 }, split: SPLIT }, '/size'],
    ['a pool with bounds', { split: [{ pool: 'bounded', weight: 1 }] }, '/split/0/pool'],
    ['a pool of another split', { split: [{ pool: 'taken', weight: 1 }] }, '/split/0/pool'],
    ['a pool that divides its own size', { split: [{ pool: 'other', weight: 1 }] }, '/split/0/pool'],
  ])('%s', (_what, spec, pointer) => {
    const t = new TestWorld();
    for (const name of ['near', 'far', 'taken']) t.sizedPool(name, { desired: 0 });
    t.sizedPool('bounded', { min: 0, max: 3, buffer: 0 });
    t.sizedPool('other', { desired: 0 }, { split: [{ pool: 'taken', weight: 1 }] });
    const refused = refusalOf(() => t.sizedPool('web', { desired: 2 }, spec));
    expect(refused.at).toBe(pointer);
    expect(t.world.pools.has('web')).toBe(false);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('a child that would divide further, or lose its fixed size', () => {
    const t = aSplit(2);
    t.sizedPool('third', { desired: 0 });
    const put = (spec: Partial<Pool>): unknown =>
      refusalOf(() =>
        t.do({
          type: 'putPool',
          name: 'near',
          merge: false,
          spec: { provider: 'maker', template: {}, ...spec },
        }),
      ).at;
    expect(put({ size: { desired: 0 }, split: [{ pool: 'third', weight: 1 }] })).toBe('/split');
    expect(put({ size: { min: 0, max: 1, buffer: 0 } })).toBe('/size');
  });

  test('a pool with members does not become one that divides', () => {
    const t = aSplit(2);
    t.sizedPool('full', { desired: 1 });
    t.sizedPool('third', { desired: 0 });
    const refused = refusalOf(() =>
      t.do({ type: 'putPool', name: 'full', merge: true, spec: { split: [{ pool: 'third', weight: 1 }] } }),
    );
    expect(refused.at).toBe('/split');
  });
});

test('a child is not removed while its parent divides over it; afterwards both go', () => {
  const t = aSplit(2);
  t.finishJobs();
  expect(refusalOf(() => t.do({ type: 'removePool', name: 'near' })).code).toBe('pool_has_children');
  t.do({ type: 'removePool', name: 'web' });
  expect(t.world.pools.has('web')).toBe(false);
  t.do({ type: 'removePool', name: 'near' });
  t.finishJobs();
  expect(t.world.pools.has('near')).toBe(false);
  expect(checkWorld(t.world)).toEqual([]);
});

test('a lease is asked of a child, and the refusal names them', () => {
  const t = aSplit(2);
  const refused = refusalOf(() => t.request('ann', 'web'));
  expect(refused.message).toContain('near, far');
});

describe('what a client takes away from a child with a smaller size (P24, M6)', () => {
  const TERMINATE = { do: 'terminate', lowersSize: true } as const;
  const desiredOf = (t: TestWorld): unknown[] =>
    ['web', 'near', 'far'].map((name) => poolSize(t.world, name).desired);
  const terminateIn = (t: TestWorld, pool: string) => {
    const [machine] = t.world.pools.get(pool)?.members ?? [];
    return t.do({ type: 'askMember', pool, machine: machine as string, ask: TERMINATE }).job as string;
  };
  const answer = (t: TestWorld, job: string, outcome: JobOutcome) =>
    t.do({ type: 'finishJob', job, outcome });

  test('makes both smaller, and nothing is given up or made anywhere else', () => {
    const t = aSplit(5);
    t.finishJobs();
    answer(t, terminateIn(t, 'near'), { result: 'gone' });
    t.do({ type: 'tick' });
    expect(desiredOf(t)).toEqual([4, 2, 2]);
    expect(sizes(t).map((row) => (row as unknown[])[2])).toEqual([2, 2]);
    expect(t.world.jobs.size).toBe(0);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('gives it back to both when it failed, unless somebody set another size meanwhile', () => {
    const t = aSplit(5);
    t.finishJobs();
    const failed = { result: 'failed', reason: 'transient', error: 'no' } as const;
    answer(t, terminateIn(t, 'near'), failed);
    expect(desiredOf(t)).toEqual([5, 3, 2]);
    const job = terminateIn(t, 'near');
    t.do({ type: 'setSize', pool: 'web', desired: 10 });
    answer(t, job, failed);
    expect(desiredOf(t)).toEqual([10, 6, 4]);
  });

  test('is shared out anew with the next size, and with other weights', () => {
    const t = aSplit(5);
    t.finishJobs();
    answer(t, terminateIn(t, 'near'), { result: 'gone' });
    t.do({ type: 'putPool', name: 'web', merge: true, spec: { split: SPLIT.toReversed() } });
    expect(desiredOf(t)).toEqual([4, 3, 1]);
    t.do({ type: 'setSize', pool: 'web', desired: 5 });
    expect(desiredOf(t)).toEqual([5, 3, 2]);
  });
});

test('the first list of a child that is kept in rounds does not say its size (P24)', () => {
  const t = new TestWorld();
  anUpkeep(t, 'near');
  t.sizedPool('web', { desired: 0 }, { split: [{ pool: 'near', weight: 1 }] });
  look(t, [aThing('vm-1')], 'near');
  expect(t.world.pools.get('near')?.pool.size).toEqual({ desired: 0 });
  expect(t.world.upkeeps.get('near')?.isSizeKnown).toBe(true);
});
