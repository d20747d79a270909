import { describe, expect, test } from 'vitest';
import type { SizePolicy, VictimPolicy } from '../model/pool.ts';
import type { Resource } from '../model/resource.ts';
import { observationOf, TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { nextTickAt } from '../tick.ts';
import { memberCount, targetSize } from './resize-pool.ts';

function aPool(size: SizePolicy, victims: VictimPolicy = 'newest'): TestWorld {
  const t = new TestWorld();
  t.sizedPool('web', size, { victims });
  return t;
}

function resize(t: TestWorld, size: SizePolicy): void {
  t.do({ type: 'putPool', name: 'web', merge: true, spec: { size } });
}

function members(t: TestWorld, ...statuses: Resource['status'][]): string[] {
  return [...t.world.resources.values()]
    .filter(({ status }) => statuses.includes(status))
    .map(({ id }) => id);
}

function countOf(t: TestWorld): number {
  const state = t.world.pools.get('web');
  return state === undefined ? 0 : memberCount(state);
}

function targetOf(t: TestWorld): number | null {
  const state = t.world.pools.get('web');
  return state === undefined ? null : targetSize(state);
}

function act(t: TestWorld, resource: string | undefined, action: 'retire' | 'quarantine' | 'retry'): void {
  t.do({ type: 'actOnResource', resource: resource as string, action, reason: 'test' });
}

describe('a pool of a desired size', () => {
  test('asks for what it lacks, with a job for each (P1)', () => {
    const t = new TestWorld();
    const { events } = t.decide({
      type: 'putPool',
      name: 'web',
      merge: false,
      spec: {
        provider: 'maker',
        size: { desired: 3 },
        template: { labels: { arch: 'arm' }, params: { ram: 8 } },
      },
    });
    expect(events.map((event) => event.type)).toEqual([
      'pool.created',
      ...Array(3).fill('resource.requested'),
    ]);
    expect([...t.world.jobs.values()].map((job) => job.kind)).toEqual(['create', 'create', 'create']);
    expect([...t.world.resources.values()][0]).toMatchObject({ labels: { arch: 'arm' }, params: { ram: 8 } });
    t.finishJobs();
    expect(members(t, 'free')).toHaveLength(3);
  });

  test('names its members after itself, each by another name (R13)', () => {
    const t = aPool({ desired: 30 });
    const names = [...t.world.resources.values()].map((resource) => resource.name);
    expect(new Set(names).size).toBe(30);
    expect(names.every((name) => name.startsWith('web-'))).toBe(true);
  });

  test.each(['retire', 'quarantine'] as const)(
    'replaces a member that is gone for good: %s (P6)',
    (action) => {
      const t = aPool({ desired: 2 });
      t.finishJobs();
      act(t, members(t, 'free')[0], action);
      expect(countOf(t)).toBe(2);
      t.finishJobs();
      expect(members(t, 'free')).toHaveLength(2);
    },
  );

  test('gives up the one too many when a quarantined member is taken back (P2)', () => {
    const t = aPool({ desired: 2 });
    t.finishJobs();
    const [first] = members(t, 'free');
    act(t, first, 'quarantine');
    t.finishJobs();
    act(t, first, 'retry');
    t.finishJobs();
    expect(members(t, 'free')).toHaveLength(2);
  });

  test('takes nothing that is leased or set aside when it shrinks; what comes back goes then (P2, P3)', () => {
    const t = aPool({ desired: 3 });
    t.finishJobs();
    const lease = t.request('ann', 'web');
    const waiting = t.request('bob', [{ pool: 'web', count: 3 }]);
    resize(t, { desired: 0 });
    expect([members(t, 'leased').length, members(t, 'free').length, t.world.jobs.size]).toEqual([1, 2, 0]);
    t.do({ type: 'endLease', lease: waiting.id, asHolder: null });
    expect(members(t, 'exiting')).toHaveLength(2);
    t.end(lease);
    expect(members(t, 'exiting')).toHaveLength(3);
    t.finishJobs();
    expect(t.world.resources.size).toBe(0);
  });

  test.each([
    ['newest', [3, 2]],
    ['oldest', [0, 1]],
  ] as const)('gives up the %s first (P4)', (victims, expected) => {
    const t = aPool({ desired: 4 }, victims);
    t.finishJobs();
    const ids = members(t, 'free');
    resize(t, { desired: 2 });
    expect(new Set(members(t, 'exiting'))).toEqual(new Set(expected.map((index) => ids[index])));
  });

  test.each(['newest', 'oldest'] as const)(
    'gives up what is still being made before what is free: %s (P4)',
    (victims) => {
      const t = aPool({ desired: 2 }, victims);
      t.finishJobs();
      resize(t, { desired: 4 });
      const [booting] = members(t, 'requested');
      const job = t.world.jobOfResource.get(booting as string) as string;
      const observation = { ...observationOf(booting as string), liveness: 'BOOTING' as const };
      t.do({ type: 'finishJob', job, outcome: { result: 'created', observation } });
      const free = members(t, 'free');
      resize(t, { desired: 2 });
      expect(members(t, 'free')).toEqual(free);
      expect(members(t, 'exiting')).toHaveLength(2);
    },
  );

  test('keeps what may not be evicted, free or still being made, until it may (P2)', () => {
    const t = aPool({ desired: 3 });
    const ids = members(t, 'requested');
    const protect = (id: string | undefined, isEvictable: boolean) =>
      t.do({ type: 'changeTraits', resource: id as string, isEvictable });
    protect(ids[0], false);
    resize(t, { desired: 0 });
    expect(members(t, 'requested')).toEqual([ids[0]]);
    t.finishJobs();
    expect(members(t, 'free')).toEqual([ids[0]]);
    protect(ids[0], true);
    expect(members(t, 'exiting')).toEqual([ids[0]]);
  });
});

describe('a pool with a buffer between two bounds (P5)', () => {
  const size = { min: 1, max: 5, buffer: 2 };

  test.each([
    [{ min: 0, max: 5, buffer: 0 }, 0, 0],
    [{ min: 0, max: 5, buffer: 2 }, 0, 2],
    [{ min: 3, max: 5, buffer: 2 }, 0, 3],
    [{ min: 0, max: 5, buffer: 2 }, 2, 4],
    [{ min: 0, max: 5, buffer: 2 }, 4, 5],
    [{ min: 0, max: 5, buffer: 0 }, 3, 3],
  ])('%j with %i leased wants %i', (policy, leased, wanted) => {
    const t = aPool(policy);
    t.finishJobs();
    for (let n = 0; n < leased; n += 1) {
      t.request('ann', 'web');
      t.finishJobs();
    }
    expect(targetOf(t)).toBe(wanted);
    expect(members(t, 'free', 'leased')).toHaveLength(wanted);
  });

  test('makes what waiting requests want, and the buffer on top', () => {
    const t = aPool(size);
    t.finishJobs();
    t.request('ann', [{ pool: 'web', count: 3 }]);
    expect(countOf(t)).toBe(5);
    t.finishJobs();
    expect(members(t, 'leased')).toHaveLength(3);
    expect(members(t, 'free')).toHaveLength(2);
  });

  test('shrinks again when the leases are over, and never below its minimum', () => {
    const t = aPool(size);
    t.finishJobs();
    const lease = t.request('ann', [{ pool: 'web', count: 2 }]);
    t.finishJobs();
    expect(countOf(t)).toBe(4);
    t.end(lease);
    t.finishJobs();
    expect(countOf(t)).toBe(2);
    resize(t, { min: 1, max: 5, buffer: 0 });
    t.finishJobs();
    expect(countOf(t)).toBe(1);
  });

  test('makes nothing for a request that no new member would satisfy', () => {
    const t = new TestWorld();
    t.sizedPool(
      'web',
      { min: 0, max: 5, buffer: 0 },
      { template: { labels: { arch: 'arm' }, params: { ram: 8 } } },
    );
    t.request('ann', [{ pool: 'web', count: 2, match: { arch: 'x86' } }]);
    t.request('ann', [{ pool: 'web', count: 2, filter: 'params.ram >= 16' }]);
    expect(countOf(t)).toBe(0);
    t.request('ann', [{ pool: 'web', count: 2, match: { arch: 'arm' }, filter: 'params.ram >= 8' }]);
    expect(countOf(t)).toBe(2);
  });

  test('makes it when a changed template would', () => {
    const t = aPool({ min: 0, max: 5, buffer: 0 });
    t.request('ann', [{ pool: 'web', count: 2, match: { arch: 'x86' } }]);
    t.do({ type: 'putPool', name: 'web', merge: true, spec: { template: { labels: { arch: 'x86' } } } });
    expect(countOf(t)).toBe(2);
  });

  test('makes nothing twice for a request that was cancelled', () => {
    const t = aPool({ min: 0, max: 5, buffer: 0 });
    const lease = t.request('ann', [{ pool: 'web', count: 2 }]);
    t.end(lease);
    expect(countOf(t)).toBe(0);
    expect(members(t, 'exiting')).toHaveLength(2);
  });
});

test('a pool that replaces what was used makes a new member for each that comes back (P13)', () => {
  const t = new TestWorld();
  t.sizedPool('web', { desired: 1 }, { recycle: 'replace' });
  t.finishJobs();
  const before = members(t, 'free');
  t.end(t.request('ann', 'web'));
  expect(members(t, 'exiting')).toEqual(before);
  t.finishJobs();
  expect(members(t, 'free')).toHaveLength(1);
  expect(members(t, 'free')).not.toEqual(before);
});

describe('sizing is done in bounded steps (P7)', () => {
  const STEP = 500;

  test('growing', () => {
    const t = aPool({ desired: 2 * STEP + 1 });
    expect(countOf(t)).toBe(STEP);
    t.do({ type: 'tick' });
    expect(countOf(t)).toBe(2 * STEP);
    t.do({ type: 'tick' });
    expect(countOf(t)).toBe(2 * STEP + 1);
    expect(t.world.unsettledPools.size).toBe(0);
  });

  test('shrinking', () => {
    const t = aPool({ desired: STEP });
    t.do({ type: 'putPool', name: 'web', merge: true, spec: { size: { desired: STEP + 10 } } });
    t.finishJobs();
    resize(t, { desired: 0 });
    expect(members(t, 'exiting')).toHaveLength(STEP);
    t.do({ type: 'tick' });
    expect(members(t, 'exiting')).toHaveLength(STEP + 10);
  });

  test('several pools share the step, and none is forgotten', () => {
    const t = new TestWorld();
    for (const name of ['a', 'b', 'c']) t.sizedPool(name, { desired: 0 });
    t.do({
      type: 'configure',
      pools: ['a', 'b', 'c'].map((name) => ({
        spec: { name, provider: 'maker', size: { desired: 400 }, template: {} },
        resources: [],
      })),
    });
    expect(t.world.resources.size).toBe(STEP);
    while (t.world.unsettledPools.size > 0) t.do({ type: 'tick' });
    expect(t.world.resources.size).toBe(1_200);
    expect(checkWorld(t.world)).toEqual([]);
  });
});

test('a decision that leaves sizing to a later one keeps the pool unsettled, and grants all the same (P14)', () => {
  const t = aPool({ desired: 2 });
  t.finishJobs();
  t.isSizingDeferred = true;
  resize(t, { desired: 5 });
  const lease = t.request('ann', 'web');
  expect(t.held(lease)).toHaveLength(1);
  expect(countOf(t)).toBe(2);
  expect(nextTickAt(t.world)).toBe(t.now);
  t.isSizingDeferred = false;
  t.do({ type: 'tick' });
  expect(countOf(t)).toBe(5);
  expect([...t.world.unsettledPools]).toEqual([]);
});
