import { describe, expect, test } from 'vitest';
import type { PoolSpec } from '../model/pool.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { POOL_DEFAULTS, POOL_SIZE_MAX, POOLS_MAX } from './put-pool.ts';

function put(t: TestWorld, spec: Partial<PoolSpec>, more: { merge?: boolean; version?: number } = {}) {
  return t.decide({ type: 'putPool', name: 'web', merge: false, spec, ...more });
}

const made = { provider: 'maker', size: { desired: 0 }, template: { command: ['serve'] } } as const;

describe('a pool is created from what is said, and defaults for the rest', () => {
  test('registered by hand', () => {
    const t = new TestWorld();
    const { reply, events } = put(t, { provider: 'hand' });
    expect(reply).toEqual({
      ...POOL_DEFAULTS,
      name: 'web',
      provider: 'hand',
      status: 'open',
      version: 1,
      templateRevision: 1,
      createdAt: t.now,
    });
    expect(events.map((event) => event.type)).toEqual(['pool.created']);
  });

  test('part of a nested member leaves the rest of it at its default', () => {
    const { reply } = put(new TestWorld(), { provider: 'hand', lease: { queue: 'fair' } as never });
    expect(reply.lease).toEqual({ ...POOL_DEFAULTS.lease, queue: 'fair' });
  });
});

describe('a pool is changed', () => {
  test('as a whole: what is not said goes back to its default', () => {
    const t = new TestWorld();
    put(t, { provider: 'hand', labels: { site: 'a' }, quota: { perHolder: 1 } });
    const { reply, events } = put(t, { provider: 'hand', labels: { site: 'b' } });
    expect(reply).toMatchObject({ labels: { site: 'b' }, quota: {}, version: 2 });
    expect(events.map((event) => event.type)).toEqual(['pool.changed']);
  });

  test('in part: what is not said stays', () => {
    const t = new TestWorld();
    put(t, { provider: 'hand', labels: { site: 'a' }, quota: { perHolder: 1 } });
    const { reply } = put(t, { lease: { maxMs: 7_200_000 } as never }, { merge: true });
    expect(reply).toMatchObject({ labels: { site: 'a' }, quota: { perHolder: 1 } });
    expect(reply.lease).toEqual({ ...POOL_DEFAULTS.lease, maxMs: 7_200_000 });
  });

  test('into what it is already: nothing changes', () => {
    const t = new TestWorld();
    put(t, { provider: 'hand', labels: { a: '1', b: '2' } });
    const again = put(t, { labels: { b: '2', a: '1' }, provider: 'hand' });
    expect([again.changes, again.events, again.reply.version]).toEqual([[], [], 1]);
  });

  test('a limit that is lowered takes nothing from those who have more (Q1)', () => {
    const t = new TestWorld();
    t.staticPool('web', [{}, {}]);
    const lease = t.request('ann', [{ pool: 'web', count: 2 }]);
    put(t, { quota: { perHolder: 1 } }, { merge: true });
    expect(t.held(lease)).toHaveLength(2);
    expect(refusalOf(() => t.request('ann', 'web')).code).toBe('over_quota');
  });
});

describe('a changed order takes everybody over (P12)', () => {
  test.each([
    ['fifo', ['bob', 'cyd', 'dan', 'bob']],
    ['priority', ['dan', 'bob', 'cyd', 'bob']],
    ['fair', ['bob', 'cyd', 'dan', 'bob']],
  ] as const)('to %s', (queue, expected) => {
    const t = new TestWorld();
    t.staticPool('web', [{}], {
      lease: { ...POOL_DEFAULTS.lease, queue: queue === 'fifo' ? 'priority' : 'fifo' },
    });
    let now = t.request('ann', 'web');
    t.request('bob', 'web');
    t.request('cyd', 'web');
    t.request('dan', 'web', { priority: 5 });
    t.request('bob', 'web');
    put(t, { lease: { queue } as never }, { merge: true });
    const served: string[] = [];
    for (let n = 0; n < 4; n += 1) {
      t.end(now);
      now = [...t.world.leases.values()].find((lease) => lease.status === 'active') as typeof now;
      served.push(now.holder);
    }
    expect(served).toEqual(expected);
  });
});

describe('a changed template', () => {
  const arm = { labels: { arch: 'arm' }, params: { ram: 8 } };
  const x86 = { labels: { arch: 'x86' }, params: { ram: 16 } };

  function aMadePool(): TestWorld {
    const t = new TestWorld();
    put(t, { provider: 'maker', size: { desired: 2 }, template: arm });
    return t;
  }

  test('counts up its revision; another change does not (P8)', () => {
    const t = aMadePool();
    expect(put(t, { size: { desired: 1 } }, { merge: true }).reply.templateRevision).toBe(1);
    expect(put(t, { template: x86 }, { merge: true }).reply.templateRevision).toBe(2);
  });

  test('lets held members that could not be made try again, as what they will be (P8, R11)', () => {
    const t = aMadePool();
    for (const job of Array.from(t.world.jobs.keys())) {
      t.do({
        type: 'finishJob',
        job,
        outcome: { result: 'failed', reason: 'refused', error: 'no such image' },
      });
    }
    expect(t.world.jobs.size).toBe(0);
    put(t, { template: x86 }, { merge: true });
    expect(t.world.jobs.size).toBe(2);
    for (const resource of t.world.resources.values()) {
      expect(resource).toMatchObject({ hold: null, templateRevision: 2, ...x86 });
    }
  });
});

describe('what no pool can be is refused, and nothing is changed (P10)', () => {
  test.each<[string, Partial<PoolSpec>, string, string]>([
    ['no provider', {}, 'invalid_input', '/provider'],
    ['an unknown provider', { provider: 'moon' }, 'provider_not_found', '/provider'],
    [
      'a size for members that nobody makes',
      { provider: 'hand', size: { desired: 1 } },
      'invalid_input',
      '/size',
    ],
    ['no size for members that are made', { provider: 'maker' }, 'invalid_input', '/size'],
    ['replacing what nobody makes', { provider: 'hand', recycle: 'replace' }, 'invalid_input', '/recycle'],
    ['a size below 0', { ...made, size: { desired: -1 } }, 'invalid_input', '/size/desired'],
    ['half a member', { ...made, size: { desired: 1.5 } }, 'invalid_input', '/size/desired'],
    ['too large a size', { ...made, size: { desired: POOL_SIZE_MAX + 1 } }, 'invalid_input', '/size/desired'],
    ['a buffer below 0', { ...made, size: { min: 0, max: 1, buffer: -1 } }, 'invalid_input', '/size/buffer'],
    [
      'more at least than at most',
      { ...made, size: { min: 2, max: 1, buffer: 0 } },
      'invalid_input',
      '/size/min',
    ],
    [
      'a default longer than the maximum',
      { provider: 'hand', lease: { defaultMs: 2, maxMs: 1, queue: 'fifo' } },
      'invalid_input',
      '/lease/default',
    ],
  ])('%s', (_what, spec, code, at) => {
    const t = new TestWorld();
    expect(refusalOf(() => put(t, spec))).toMatchObject({ code, at });
    expect(t.world.pools.size).toBe(0);
  });

  test('another kind, and another provider while there are members', () => {
    const t = new TestWorld();
    t.staticPool('web', [{}]);
    t.do({ type: 'putProvider', spec: { name: 'other', driver: 'static', makes: false, options: {} } });
    expect(refusalOf(() => put(t, { kind: 'account' }, { merge: true })).at).toBe('/kind');
    expect(refusalOf(() => put(t, { provider: 'other' }, { merge: true })).at).toBe('/provider');
  });

  test('another provider is fine while there are none', () => {
    const t = new TestWorld();
    put(t, { provider: 'hand' });
    expect(put(t, made).reply.provider).toBe('maker');
  });

  test('part of a pool that is not there, and an old version', () => {
    const t = new TestWorld();
    expect(refusalOf(() => put(t, made, { merge: true })).code).toBe('pool_not_found');
    expect(refusalOf(() => put(t, made, { version: 1 })).code).toBe('pool_not_found');
    put(t, made);
    expect(refusalOf(() => put(t, made, { version: 2 })).code).toBe('version_mismatch');
    expect(put(t, { ...made, labels: { a: 'b' } }, { version: 1 }).reply.version).toBe(2);
  });

  test('one pool more than there may be', () => {
    const t = new TestWorld();
    for (let n = 0; n < POOLS_MAX; n += 1) {
      t.do({ type: 'putPool', name: `p${n}`, merge: false, spec: { provider: 'hand' } });
    }
    expect(refusalOf(() => put(t, { provider: 'hand' }))).toMatchObject({
      code: 'invalid_input',
      at: '/name',
    });
  });
});

test('when a queue goes by priority from now on, what is set aside for one who comes later now is taken at once (L10)', () => {
  const t = new TestWorld();
  t.staticPool('boards', [{}]);
  t.staticPool('rigs', []);
  const both = [
    { pool: 'boards', count: 1 },
    { pool: 'rigs', count: 1 },
  ];
  const gathering = t.request('ann', both);
  const urgent = t.request('bob', 'boards', { priority: 1 });
  expect(t.lease(urgent.id).status).toBe('queued');

  t.do({
    type: 'putPool',
    name: 'boards',
    merge: true,
    spec: { lease: { queue: 'priority' } as PoolSpec['lease'] },
  });

  expect(t.held(urgent)).toEqual(['boards-1']);
  expect(t.lease(gathering.id)).toMatchObject({ status: 'queued', setAside: [] });
});
