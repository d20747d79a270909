import { describe, expect, test } from 'vitest';
import type { HeldLease } from '../model/lease.ts';
import type { PoolSpec } from '../model/pool.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { nextTickAt } from '../tick.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function times(warnMs?: number): Pick<PoolSpec, 'lease'> {
  const lease = { defaultMs: HOUR, maxMs: 3 * HOUR, queue: 'fifo' } as const;
  return { lease: warnMs === undefined ? lease : { ...lease, warnMs } };
}

function aPool(warnMs?: number): TestWorld {
  const t = new TestWorld();
  t.staticPool('boards', [{}, {}], times(warnMs));
  return t;
}

function warnings(t: TestWorld): { lease: string | null; expiresAt: unknown }[] {
  const { events } = t.decide({ type: 'tick' });
  expect(checkWorld(t.world)).toEqual([]);
  return events
    .filter(({ type }) => type === 'lease.expiring')
    .map(({ lease, data }) => ({ lease, expiresAt: data['expiresAt'] }));
}

describe('a lease is warned of its end (N1)', () => {
  test('as long before as its pool says, once, and not earlier', () => {
    const t = aPool(10 * MINUTE);
    const { id } = t.request('ann', 'boards');
    const { expiresAt } = t.lease(id) as HeldLease;
    t.now += 50 * MINUTE - 1;
    expect(warnings(t)).toEqual([]);
    expect(nextTickAt(t.world)).toBe(t.now + 1);
    t.now += 1;
    expect(warnings(t)).toEqual([{ lease: id, expiresAt }]);
    t.now += 9 * MINUTE;
    expect(warnings(t)).toEqual([]);
    expect(t.lease(id).status).toBe('active');
  });

  test('by the most careful of its pools', () => {
    const t = aPool(10 * MINUTE);
    t.staticPool('phones', [{}], times(20 * MINUTE));
    const items = [
      { pool: 'boards', count: 1 },
      { pool: 'phones', count: 1 },
    ];
    const { id } = t.request('ann', items);
    t.now += 40 * MINUTE;
    expect(warnings(t)).toMatchObject([{ lease: id }]);
  });

  test('with what it is about: the holder, the member, and its pool', () => {
    const t = aPool(10 * MINUTE);
    const lease = t.request('ann', 'boards') as HeldLease;
    t.now += 50 * MINUTE;
    const { events } = t.decide({ type: 'tick' });
    expect(events).toMatchObject([
      {
        type: 'lease.expiring',
        holder: 'ann',
        pool: 'boards',
        resource: lease.members[0]?.resource,
        data: { resources: [{ name: 'boards-1' }] },
      },
    ]);
    expect(t.lease(lease.id).version).toBe(lease.version + 1);
  });

  test('not when it lasts no longer than the warning is early: who asked for it knew', () => {
    const t = aPool(10 * MINUTE);
    t.request('ann', 'boards', { durationMs: 10 * MINUTE });
    t.now += 10 * MINUTE - 1;
    expect(warnings(t)).toEqual([]);
  });

  test('and a lease that is over is not', () => {
    const t = aPool(10 * MINUTE);
    const lease = t.request('ann', 'boards');
    t.end(lease);
    expect(nextTickAt(t.world)).toBeUndefined();
    const silent = t.request('ann', 'boards', { heartbeatMs: 50 * MINUTE });
    t.now += 50 * MINUTE;
    const { events } = t.decide({ type: 'tick' });
    expect(events.map(({ type }) => type)).not.toContain('lease.expiring');
    expect(t.world.leases.has(silent.id)).toBe(false);
  });
});

test('a renewed lease is warned again, of its new end (N2)', () => {
  const t = aPool(10 * MINUTE);
  const { id } = t.request('ann', 'boards');
  t.now += 50 * MINUTE;
  expect(warnings(t)).toHaveLength(1);
  t.do({ type: 'renewLease', lease: id, asHolder: 'ann' });
  const { expiresAt } = t.lease(id) as HeldLease;
  t.now += 49 * MINUTE;
  expect(warnings(t)).toEqual([]);
  t.now += MINUTE;
  expect(warnings(t)).toEqual([{ lease: id, expiresAt }]);
});

test('a renewal before the warning moves it (N2)', () => {
  const t = aPool(10 * MINUTE);
  const { id } = t.request('ann', 'boards');
  t.now += 30 * MINUTE;
  t.do({ type: 'renewLease', lease: id, asHolder: 'ann' });
  t.now += 20 * MINUTE;
  expect(warnings(t)).toEqual([]);
  t.now += 30 * MINUTE;
  expect(warnings(t)).toHaveLength(1);
});

test('a renewal under a pool that warns no more takes the warning away (N2)', () => {
  const t = aPool(10 * MINUTE);
  const { warnAt, ...lease } = t.request('ann', 'boards') as HeldLease;
  expect(warnAt).toBe(lease.expiresAt - 10 * MINUTE);
  t.do({ type: 'putPool', name: 'boards', merge: false, spec: { provider: 'hand', ...times() } });
  t.do({ type: 'renewLease', lease: lease.id, asHolder: 'ann', durationMs: 2 * HOUR });
  expect(t.lease(lease.id)).not.toHaveProperty('warnAt');
  expect(t.world.deadlines.size).toBe(1);
});

test('a pool that does not warn costs its leases nothing: neither a member nor a deadline (N2)', () => {
  const t = aPool();
  const lease = t.request('ann', 'boards');
  expect(lease).not.toHaveProperty('warnAt');
  expect(t.world.deadlines.size).toBe(1);
});
