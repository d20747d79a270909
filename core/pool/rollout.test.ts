import { describe, expect, test } from 'vitest';
import type { Rollout } from '../model/pool.ts';
import type { Resource } from '../model/resource.ts';
import { observationOf, TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';

/** A full pool of ten whose template has just changed from `old` to `new`. */
function aChangedPool(rollout: Rollout, before: (t: TestWorld) => void = () => {}): TestWorld {
  const t = new TestWorld();
  t.sizedPool('web', { desired: 10 }, { template: { labels: { made: 'old' } }, rollout });
  t.finishJobs();
  before(t);
  t.do({ type: 'putPool', name: 'web', merge: true, spec: { template: { labels: { made: 'new' } } } });
  return t;
}

function members(t: TestWorld): Resource[] {
  return [...t.world.resources.values()];
}

function made(t: TestWorld, when: 'old' | 'new', ...statuses: Resource['status'][]): number {
  return members(t).filter(
    ({ labels, status }) => labels['made'] === when && (statuses.length === 0 || statuses.includes(status)),
  ).length;
}

/** Has one job of a kind succeed. */
function finishOne(t: TestWorld, kind: 'create' | 'destroy'): void {
  const job = [...t.world.jobs.values()].find((candidate) => candidate.kind === kind);
  if (job === undefined) throw new Error(`no ${kind} job`);
  const observation = {
    resource: job.resource,
    externalId: `ext-${job.resource}`,
    machine: 'RUNNING',
    liveness: 'LIVE',
    addresses: [],
    endpoints: {},
  } as const;
  const outcome =
    kind === 'create' ? ({ result: 'created', observation } as const) : ({ result: 'gone' } as const);
  t.do({ type: 'finishJob', job: job.id, outcome });
}

describe('a changed template rolls out (P8, P14)', () => {
  test.each<[Rollout['atOnce'], number]>([
    [1, 1],
    [3, 3],
    ['25%', 3],
    ['1%', 1],
    ['100%', 10],
    [50, 10],
  ])('to free members, at a pace of %s of ten: %i at once', (atOnce, expected) => {
    const t = aChangedPool({ atOnce });
    expect([made(t, 'old', 'exiting'), made(t, 'new', 'requested')]).toEqual([expected, expected]);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('until all are made anew, and never more out of service than the pace', () => {
    const t = aChangedPool({ atOnce: 2 });
    let turns = 0;
    for (; made(t, 'old', 'free') > 0; turns += 1) {
      expect(members(t).filter(({ status }) => status === 'free').length).toBeGreaterThanOrEqual(8);
      finishOne(t, 'create');
      if (turns > 100) expect.unreachable('the rollout does not end');
    }
    t.finishJobs();
    expect([made(t, 'old'), made(t, 'new', 'free')]).toEqual([0, 10]);
    expect(t.world.pools.get('web')?.outdatedCount).toBe(0);
  });

  test('to leased members when they come back', () => {
    const t = aChangedPool({ atOnce: '100%' }, (world) => world.request('ann', [{ pool: 'web', count: 4 }]));
    t.finishJobs();
    expect([made(t, 'old', 'leased'), made(t, 'new', 'free')]).toEqual([4, 6]);
    for (const lease of t.world.leases.values()) t.end(lease);
    t.finishJobs();
    expect([made(t, 'old'), made(t, 'new', 'free')]).toEqual([0, 10]);
  });

  test('not to free members where the pace is 0, but to those that come back', () => {
    let lease = { id: '' };
    const t = aChangedPool({ atOnce: 0 }, (world) => (lease = world.request('ann', 'web')));
    t.finishJobs();
    expect(made(t, 'old')).toBe(10);
    t.end(lease);
    t.finishJobs();
    expect([made(t, 'old'), made(t, 'new')]).toEqual([9, 1]);
  });

  test('not to members that may not be evicted, also not at their return', () => {
    const t = aChangedPool({ atOnce: '100%' }, (world) => {
      for (const { id } of members(world))
        world.do({ type: 'changeTraits', resource: id, isEvictable: id.endsWith('1') });
    });
    t.finishJobs();
    const kept = made(t, 'old', 'free');
    expect(kept).toBeGreaterThan(0);
    t.end(t.request('ann', [{ pool: 'web', count: kept, match: { made: 'old' } }]));
    expect(made(t, 'old', 'free')).toBe(kept);
  });

  test('and stops by itself where nothing comes of the new template', () => {
    const t = aChangedPool({ atOnce: 2 });
    for (const job of [...t.world.jobs.values()].filter(({ kind }) => kind === 'create')) {
      const outcome = { result: 'failed', reason: 'refused', error: 'no such image' } as const;
      t.do({ type: 'finishJob', job: job.id, outcome });
    }
    while ([...t.world.jobs.values()].some(({ kind }) => kind === 'destroy')) finishOne(t, 'destroy');
    t.do({ type: 'tick' });
    expect([made(t, 'old', 'free'), t.world.pools.get('web')?.heldCount]).toEqual([8, 2]);
  });

  test('and stops by itself where what the new template makes dies before it is up', () => {
    const t = aChangedPool({ atOnce: 2 });
    for (let turn = 0; turn < 5; turn += 1) {
      for (const { id, kind, resource } of t.world.jobs.values()) {
        const observation = { ...observationOf(resource), liveness: 'BOOTING' } as const;
        const made = { result: 'created', observation } as const;
        t.do({ type: 'finishJob', job: id, outcome: kind === 'create' ? made : { result: 'gone' } });
      }
      t.now += 1_000;
      const observations = members(t).map(({ id, status }) => ({
        ...observationOf(id),
        machine: status === 'entering' ? ('TERMINATED' as const) : ('RUNNING' as const),
      }));
      t.do({ type: 'observe', provider: 'maker', startedAt: t.now, observations });
      expect([made(t, 'old', 'free'), made(t, 'new', 'requested')]).toEqual([8, 2]);
    }
  });

  test('no faster where leases that end have members replaced besides', () => {
    let lease = { id: '' };
    const t = aChangedPool({ atOnce: 2 }, (world) => {
      lease = world.request('ann', [{ pool: 'web', count: 5 }]);
    });
    t.isSizingDeferred = true;
    finishOne(t, 'create');
    finishOne(t, 'create');
    t.end(lease);
    t.isSizingDeferred = false;
    t.do({ type: 'tick' });
    expect([made(t, 'old', 'free'), made(t, 'new', 'free'), made(t, 'new', 'requested')]).toEqual([3, 2, 5]);
  });

  test('at once to what is still being made', () => {
    const t = new TestWorld();
    t.sizedPool('web', { desired: 3 }, { template: { labels: { made: 'old' } }, rollout: { atOnce: 1 } });
    t.do({ type: 'putPool', name: 'web', merge: true, spec: { template: { labels: { made: 'new' } } } });
    expect([made(t, 'old', 'exiting'), made(t, 'new', 'requested')]).toEqual([3, 3]);
  });

  test('and is taken back by the old template, for what the new one has made alone', () => {
    const t = aChangedPool({ atOnce: 2 }, (world) => world.request('ann', [{ pool: 'web', count: 2 }]));
    finishOne(t, 'create');
    finishOne(t, 'create');
    const before = members(t).filter(
      ({ labels, status }) => labels['made'] === 'old' && status !== 'exiting',
    );
    t.do({ type: 'putPool', name: 'web', merge: true, spec: { template: { labels: { made: 'old' } } } });
    for (const lease of t.world.leases.values()) t.end(lease);
    t.finishJobs();
    expect([made(t, 'old', 'free'), made(t, 'new')]).toEqual([10, 0]);
    expect(before.every(({ id }) => t.world.resources.has(id))).toBe(true);
    t.do({ type: 'putPool', name: 'web', merge: true, spec: { template: { labels: { made: 'third' } } } });
    expect(t.world.pools.get('web')?.pool.templateRevision).toBe(3);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('first of all to what a shrinking pool gives up anyway', () => {
    const t = aChangedPool({ atOnce: 1 });
    t.do({ type: 'putPool', name: 'web', merge: true, spec: { size: { desired: 1 } } });
    t.finishJobs();
    expect([made(t, 'old'), made(t, 'new', 'free')]).toEqual([0, 1]);
  });
});

test.each([-1, 1.5, '0%', '101%', '25', 'half'])('a pace of %j is refused (P10)', (atOnce) => {
  const t = new TestWorld();
  expect(() => t.sizedPool('web', { desired: 1 }, { rollout: { atOnce } })).toThrow(
    /atOnce is a whole number/,
  );
});
