import { describe, expect, test } from 'vitest';
import type { PoolQuota, PoolSpec } from '../model/pool.ts';
import type { ErrorCode } from '../errors.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { LEASE_COUNT_MAX, LEASE_ITEMS_MAX, PRIORITY_MAX, QUEUE_LENGTH_MAX } from './request-lease.ts';
import type { RequestLease } from './request-lease.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function aPool(members = 2, spec: Partial<PoolSpec> = {}): TestWorld {
  const t = new TestWorld();
  t.staticPool(
    'boards',
    Array.from({ length: members }, () => ({})),
    spec,
  );
  return t;
}

function ask(t: TestWorld, more: Partial<RequestLease> = {}) {
  return t.decide({ type: 'requestLease', holder: 'ann', items: [{ pool: 'boards', count: 1 }], ...more });
}

describe('what is asked for', () => {
  test('and left out has a default', () => {
    const t = aPool(1, { lease: { defaultMs: 5_000, maxMs: 9_000, queue: 'fifo' } });
    expect(ask(t).reply.lease).toMatchObject({
      holder: 'ann',
      items: [{ pool: 'boards', count: 1, minimum: 1, match: {}, filter: null }],
      durationMs: 5_000,
      heartbeatMs: null,
      heartbeatBy: null,
      priority: 0,
      labels: {},
      note: '',
      seq: 1,
    });
  });

  test('for several pools without a duration gets the shortest default, within the shortest maximum (L12)', () => {
    const t = aPool(1, { lease: { defaultMs: 5_000, maxMs: 9_000, queue: 'fifo' } });
    t.staticPool('annex', [{}], { lease: { defaultMs: 3_000, maxMs: 3_000, queue: 'fifo' } });
    const items = [
      { pool: 'boards', count: 1 },
      { pool: 'annex', count: 1 },
    ];
    expect(ask(t, { items }).reply.lease?.durationMs).toBe(3_000);
    expect(refusalOf(() => ask(t, { items, durationMs: 3_001 })).code).toBe('duration_too_long');
  });

  test('and has to wait is said to be queued, with its place of arrival', () => {
    const t = aPool(0);
    const { reply, events } = ask(t, { items: [{ pool: 'boards', count: 3, minimum: 2 }] });
    expect(reply.lease).toMatchObject({ status: 'queued', setAside: [], seq: 1 });
    expect(events).toEqual([
      expect.objectContaining({
        type: 'lease.queued',
        pool: 'boards',
        data: { items: [{ pool: 'boards', count: 3, minimum: 2 }] },
      }),
    ]);
    expect(ask(t).reply.lease).toMatchObject({ seq: 2 });
  });
});

describe('what no lease can be is refused, at the member that is wrong (L18)', () => {
  const item = (more: object) => ({ items: [{ pool: 'boards', count: 1, ...more }] });
  const items = (length: number, count: number) => ({
    items: Array.from({ length }, () => ({ pool: 'boards', count })),
  });

  test.each<[string, Partial<RequestLease>, ErrorCode, string]>([
    ['no item', { items: [] }, 'invalid_input', '/items'],
    ['too many items', items(LEASE_ITEMS_MAX + 1, 1), 'invalid_input', '/items'],
    ['too many resources', items(2, LEASE_COUNT_MAX / 2 + 1), 'invalid_input', '/items'],
    ['a count of nothing', item({ count: 0 }), 'invalid_input', '/items/0/count'],
    ['half a resource', item({ count: 1.5 }), 'invalid_input', '/items/0/count'],
    ['a minimum of nothing', item({ minimum: 0 }), 'invalid_input', '/items/0/minimum'],
    ['a minimum above the count', item({ minimum: 2 }), 'invalid_input', '/items/0/minimum'],
    ['half a minimum', item({ count: 2, minimum: 1.5 }), 'invalid_input', '/items/0/minimum'],
    ['a wrong filter', item({ filter: 'params.ram >' }), 'invalid_filter', '/items/0/filter'],
    ['an unknown pool', item({ pool: 'none' }), 'pool_not_found', '/items/0/pool'],
    [
      'an unknown pool in a later item',
      {
        items: [
          { pool: 'boards', count: 1 },
          { pool: 'none', count: 1 },
        ],
      },
      'pool_not_found',
      '/items/1/pool',
    ],
    ['no time at all', { durationMs: 0 }, 'invalid_input', '/duration'],
    ['time without end', { durationMs: Infinity }, 'invalid_input', '/duration'],
    ['no number', { durationMs: Number.NaN }, 'invalid_input', '/duration'],
    ['too long a time', { durationMs: DAY_MS + 1 }, 'duration_too_long', '/duration'],
    ['a heartbeat of nothing', { heartbeatMs: 0 }, 'invalid_input', '/heartbeat'],
    ['a heartbeat without end', { heartbeatMs: Infinity }, 'invalid_input', '/heartbeat'],
    ['a heartbeat that is no number', { heartbeatMs: Number.NaN }, 'invalid_input', '/heartbeat'],
    ['half a priority', { priority: 0.5 }, 'invalid_input', '/priority'],
    ['too high a priority', { priority: PRIORITY_MAX + 1 }, 'invalid_input', '/priority'],
    ['too low a priority', { priority: -PRIORITY_MAX - 1 }, 'invalid_input', '/priority'],
    [
      'a pool that the token may not use',
      { grant: { pools: ['annex', 'attic'], quota: {} } },
      'forbidden',
      '/items/0/pool',
    ],
    [
      'a longer time than the token allows',
      { durationMs: 2_000, grant: { pools: null, quota: { durationMs: 1_999 } } },
      'duration_too_long',
      '/duration',
    ],
  ])('%s', (_what, more, code, at) => {
    const t = aPool();
    expect(refusalOf(() => ask(t, more))).toMatchObject({ code, at });
    expect(t.world.leases.size).toBe(0);
  });

  test.each<[string, Partial<RequestLease>]>([
    ['as many items', items(LEASE_ITEMS_MAX, 1)],
    ['as many resources', item({ count: LEASE_COUNT_MAX })],
    ['as long a time', { durationMs: DAY_MS }],
    ['as high a priority', { priority: PRIORITY_MAX }],
    ['as low a priority', { priority: -PRIORITY_MAX }],
    ['a pool that the token may use', { grant: { pools: ['boards'], quota: {} } }],
  ])('%s as is allowed', (_what, more) => {
    expect(ask(aPool(), more).reply.lease).toBeDefined();
  });
});

describe('a quota of the pool', () => {
  const wish = (count: number, holder = 'ann') => ({ holder, items: [{ pool: 'boards', count }] });

  test('on resources counts what a holder has and what it waits for (Q1)', () => {
    const t = aPool(2, { quota: { perHolder: 3 } });
    const held = ask(t, wish(1)).reply;
    ask(t, wish(2));
    expect(refusalOf(() => ask(t, wish(1)))).toMatchObject({ code: 'over_quota' });
    expect(refusalOf(() => ask(t, wish(1))).message).toContain('has or waits for 3 of at most 3');
    expect(ask(t, wish(1, 'bob')).reply.lease).toBeDefined();
    t.end(held);
    expect(ask(t, wish(1)).reply.lease).toBeDefined();
  });

  test('on resources counts what was granted, not what was wished (Q1)', () => {
    const t = aPool(1, { quota: { perHolder: 3 } });
    ask(t, { items: [{ pool: 'boards', count: 3, minimum: 1 }] });
    expect(ask(t, wish(2)).reply.lease).toBeDefined();
    expect(refusalOf(() => ask(t, wish(1))).code).toBe('over_quota');
  });

  test('on resources counts all items of a request on the pool (Q1)', () => {
    const t = aPool(4, { quota: { perHolder: 3 } });
    t.staticPool('annex', [{}, {}]);
    const item = (pool: string, count: number) => ({ pool, count });
    expect(refusalOf(() => ask(t, { items: [item('boards', 2), item('boards', 2)] })).code).toBe(
      'over_quota',
    );
    expect(ask(t, { items: [item('boards', 3), item('annex', 2)] }).reply.lease?.status).toBe('active');
  });

  test('on leases counts those that hold and those that wait (Q2)', () => {
    const t = aPool(1, { quota: { leasesPerHolder: 2 } });
    ask(t);
    const waiting = ask(t).reply;
    expect(refusalOf(() => ask(t)).code).toBe('over_quota');
    expect(ask(t, wish(1, 'bob')).reply.lease).toBeDefined();
    t.end(waiting);
    expect(ask(t).reply.lease).toBeDefined();
  });

  test.each<[keyof PoolQuota, ErrorCode, 'queued' | 'active']>([
    ['queued', 'queue_full', 'queued'],
    ['queuedPerHolder', 'over_quota', 'queued'],
  ])(
    'on waiting leases (%s) refuses who would have to wait, and nobody else (Q3)',
    (member, code, _status) => {
      const t = aPool(2, { quota: { [member]: 1 } });
      ask(t, wish(2));
      const waiting = ask(t, wish(2)).reply;
      expect(refusalOf(() => ask(t)).code).toBe(code);
      t.do({ type: 'registerResource', pool: 'boards', name: 'b3', labels: { arch: 'arm' } });
      t.do({ type: 'registerResource', pool: 'boards', name: 'b4', labels: { arch: 'arm' } });
      expect(t.held(waiting)).toHaveLength(2);
      t.do({ type: 'registerResource', pool: 'boards', name: 'b5' });
      expect(ask(t).reply.lease?.status).toBe('active');
    },
  );

  test('on waiting leases of one holder leaves others their place (Q3)', () => {
    const t = aPool(0, { quota: { queuedPerHolder: 1 } });
    ask(t);
    expect(ask(t, wish(1, 'bob')).reply.lease?.status).toBe('queued');
  });

  test('is one for each pool of a request (Q1)', () => {
    const t = aPool(2);
    t.staticPool('annex', [{}, {}], { quota: { perHolder: 1 } });
    const both = (count: number) => [
      { pool: 'boards', count: 1 },
      { pool: 'annex', count },
    ];
    expect(refusalOf(() => ask(t, { items: both(2) })).message).toContain('pool "annex"');
    expect(ask(t, { items: both(1) }).reply.lease?.status).toBe('active');
  });
});

test('no queue grows without bound, also where no quota says so (Q3, L18)', () => {
  const t = aPool(0);
  for (let n = 0; n < QUEUE_LENGTH_MAX; n += 1) ask(t);
  expect(refusalOf(() => ask(t)).code).toBe('queue_full');
  expect(t.world.leases.size).toBe(QUEUE_LENGTH_MAX);
});

describe('a quota of the token holds over all pools (Q4)', () => {
  function twoPools(): TestWorld {
    const t = aPool(2);
    t.staticPool('annex', [{}, {}]);
    return t;
  }

  test('on resources', () => {
    const t = twoPools();
    const grant = { pools: null, quota: { resources: 2 } };
    ask(t, { grant });
    expect(refusalOf(() => ask(t, { grant, items: [{ pool: 'annex', count: 2 }] })).code).toBe('over_quota');
    ask(t, { grant, items: [{ pool: 'annex', count: 1 }] });
    expect(refusalOf(() => ask(t, { grant })).code).toBe('over_quota');
    expect(ask(t, { grant, holder: 'bob' }).reply.lease).toBeDefined();
  });

  test('on leases', () => {
    const t = twoPools();
    const grant = { pools: null, quota: { leases: 1 } };
    const lease = ask(t, { grant }).reply;
    expect(refusalOf(() => ask(t, { grant, items: [{ pool: 'annex', count: 1 }] })).code).toBe('over_quota');
    t.end(lease);
    expect(ask(t, { grant }).reply.lease).toBeDefined();
  });
});

describe('an idempotency key (L16)', () => {
  const idempotency = { key: 'job-42', fingerprint: 'f' };

  test('answers a repeated request with the same lease, and changes nothing', () => {
    const t = aPool();
    const first = ask(t, { idempotency }).reply;
    const again = ask(t, { idempotency });
    expect(again.reply).toEqual({ ...first, isRepeated: true });
    expect([again.changes, again.events]).toEqual([[], []]);
  });

  test('remembers the lease also when it is over', () => {
    const t = aPool();
    const first = ask(t, { idempotency }).reply;
    t.end(first);
    expect(ask(t, { idempotency }).reply).toEqual({ id: first.id, lease: undefined, isRepeated: true });
    expect(t.world.leases.size).toBe(0);
  });

  test('answers also where the repetition would be refused by now', () => {
    const t = aPool(1, { quota: { perHolder: 1 } });
    const first = ask(t, { idempotency }).reply;
    t.do({ type: 'removePool', name: 'boards' });
    expect(ask(t, { idempotency }).reply.id).toBe(first.id);
  });

  test('refuses another request', () => {
    const t = aPool();
    ask(t, { idempotency });
    const other = { idempotency: { ...idempotency, fingerprint: 'g' } };
    expect(refusalOf(() => ask(t, other)).code).toBe('idempotency_key_reused');
  });

  test('belongs to its holder, whatever the two are made of', () => {
    const t = aPool(3);
    const ids = [
      ask(t, { idempotency }).reply.id,
      ask(t, { idempotency, holder: 'bob' }).reply.id,
      ask(t, { idempotency: { key: '42', fingerprint: 'f' }, holder: 'annjob-' }).reply.id,
    ];
    expect(new Set(ids).size).toBe(3);
  });

  test('of a request that was refused is free again', () => {
    const t = aPool();
    refusalOf(() => ask(t, { idempotency, priority: 0.5 }));
    expect(ask(t, { idempotency: { ...idempotency, fingerprint: 'g' } }).reply.isRepeated).toBe(false);
  });

  test('is forgotten after a day, with a tick or without', () => {
    const t = aPool();
    const first = ask(t, { idempotency }).reply;
    t.now += DAY_MS - 1;
    expect(ask(t, { idempotency }).reply.id).toBe(first.id);
    t.now += 1;
    const second = ask(t, { idempotency }).reply;
    expect(second).toMatchObject({ isRepeated: false });
    expect(second.id).not.toBe(first.id);
    expect(t.world.receipts.size).toBe(1);
    t.now += DAY_MS;
    t.do({ type: 'tick' });
    expect(t.world.receipts.size).toBe(0);
  });
});
