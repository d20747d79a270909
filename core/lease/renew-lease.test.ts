import { describe, expect, test } from 'vitest';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import type { RequestLease } from './request-lease.ts';
import type { RenewLease } from './renew-lease.ts';

const DEFAULT_MS = 60_000;
const MAX_MS = 150_000;

function aLease(more: Partial<RequestLease> = {}): { t: TestWorld; id: string; grantedAt: number } {
  const t = new TestWorld();
  const lease = { defaultMs: DEFAULT_MS, maxMs: MAX_MS, queue: 'fifo' } as const;
  t.staticPool('boards', [{}], { lease });
  t.staticPool('annex', [{}], { lease: { ...lease, maxMs: MAX_MS / 2 } });
  const { id } = t.request('ann', 'boards', more);
  return { t, id, grantedAt: t.now };
}

function renew(t: TestWorld, lease: string, more: Partial<RenewLease> = {}) {
  return t.decide({ type: 'renewLease', lease, asHolder: 'ann', ...more });
}

function beat(t: TestWorld, lease: string, asHolder: string | null = 'ann') {
  return t.decide({ type: 'heartbeatLease', lease, asHolder });
}

describe('a renewed lease lasts as long again, from now (L14)', () => {
  test('as was asked for at first', () => {
    const { t, id } = aLease({ durationMs: 40_000 });
    t.now += 30_000;
    const { reply, events } = renew(t, id);
    expect(reply.expiresAt).toBe(t.now + 40_000);
    expect(events).toEqual([
      expect.objectContaining({
        type: 'lease.renewed',
        data: { pools: ['boards'], expiresAt: t.now + 40_000 },
      }),
    ]);
  });

  test('or as is asked for now', () => {
    const { t, id } = aLease();
    t.now += 30_000;
    expect(renew(t, id, { durationMs: 90_000 }).reply.expiresAt).toBe(t.now + 90_000);
  });

  test('and is not over before', () => {
    const { t, id } = aLease();
    t.now += 59_999;
    renew(t, id);
    t.now += 59_999;
    t.do({ type: 'tick' });
    expect(t.held({ id })).toHaveLength(1);
    t.now += 1;
    t.do({ type: 'tick' });
    expect(t.world.leases.size).toBe(0);
  });

  test('but never longer from its grant than the pool allows', () => {
    const { t, id, grantedAt } = aLease();
    t.now += 50_000;
    expect(renew(t, id, { durationMs: 10 * MAX_MS }).reply.expiresAt).toBe(grantedAt + MAX_MS);
    expect(refusalOf(() => renew(t, id)).code).toBe('lease_at_maximum');
  });

  test('nor than the strictest of its pools allows, nor its token', () => {
    const { t } = aLease();
    const grantedAt = t.now;
    t.do({ type: 'registerResource', pool: 'boards', name: 'b2' });
    const { id } = t.request('ann', [
      { pool: 'boards', count: 1 },
      { pool: 'annex', count: 1 },
    ]);
    expect(renew(t, id, { durationMs: MAX_MS, quota: { durationMs: 70_000 } }).reply.expiresAt).toBe(
      grantedAt + 70_000,
    );
    expect(renew(t, id, { durationMs: MAX_MS }).reply.expiresAt).toBe(grantedAt + MAX_MS / 2);
  });

  test('and never shorter than it lasts already', () => {
    const { t, id, grantedAt } = aLease();
    expect(renew(t, id, { durationMs: 1_000 }).reply.expiresAt).toBe(grantedAt + DEFAULT_MS);
  });

  test('a maximum that was lowered since ends nobody early', () => {
    const { t, id, grantedAt } = aLease();
    const lease = { defaultMs: 1_000, maxMs: 1_000, queue: 'fifo' } as const;
    t.do({ type: 'putPool', name: 'boards', merge: true, spec: { lease } });
    expect(refusalOf(() => renew(t, id)).code).toBe('lease_at_maximum');
    expect(t.lease(id)).toMatchObject({ expiresAt: grantedAt + DEFAULT_MS });
  });

  test('it counts as a heartbeat', () => {
    const { t, id } = aLease({ heartbeatMs: 5_000 });
    t.now += 4_000;
    expect(renew(t, id).reply.heartbeatBy).toBe(t.now + 5_000);
  });
});

describe('a renewal is refused', () => {
  test.each([0, -1, Number.NaN, Infinity])('for a duration of %d', (durationMs) => {
    const { t, id } = aLease();
    expect(refusalOf(() => renew(t, id, { durationMs }))).toMatchObject({
      code: 'invalid_input',
      at: '/duration',
    });
  });

  test('to a lease that waits: its time counts from its grant', () => {
    const { t } = aLease();
    const waiting = t.request('ann', 'boards');
    expect(refusalOf(() => renew(t, waiting.id)).code).toBe('lease_not_active');
  });

  test('to a lease that is over, also where the tick that ends it has yet to come (L15)', () => {
    const { t, id } = aLease();
    t.now += DEFAULT_MS;
    expect(refusalOf(() => renew(t, id)).code).toBe('lease_not_active');
    t.do({ type: 'tick' });
    expect(refusalOf(() => renew(t, id)).code).toBe('lease_not_found');
  });

  test('to somebody else, and to one who read another version (L17)', () => {
    const { t, id } = aLease();
    expect(refusalOf(() => renew(t, id, { asHolder: 'bob' })).code).toBe('lease_not_found');
    expect(refusalOf(() => renew(t, id, { version: 77 })).code).toBe('version_mismatch');
    expect(renew(t, id, { asHolder: null, version: t.lease(id).version }).reply.id).toBe(id);
  });
});

describe('a heartbeat says that the holder still lives (L13)', () => {
  test('and the lease goes on', () => {
    const { t, id } = aLease({ heartbeatMs: 5_000 });
    for (let n = 0; n < 5; n += 1) {
      t.now += 4_999;
      expect(beat(t, id).reply).toMatchObject({ heartbeatBy: t.now + 5_000 });
      t.do({ type: 'tick' });
    }
    expect(t.held({ id })).toHaveLength(1);
  });

  test('and moves no expiry', () => {
    const { t, id, grantedAt } = aLease({ heartbeatMs: 50_000 });
    t.now += 40_000;
    expect(beat(t, id).reply).toMatchObject({ expiresAt: grantedAt + DEFAULT_MS });
  });

  test('silence ends the lease', () => {
    const { t, id } = aLease({ heartbeatMs: 5_000 });
    t.now += 5_000;
    expect(refusalOf(() => beat(t, id)).code).toBe('lease_not_active');
    expect(t.decide({ type: 'tick' }).ended).toMatchObject([{ id, endReason: 'heartbeat_missed' }]);
    expect(refusalOf(() => beat(t, id)).code).toBe('lease_not_found');
  });

  test('counts from the grant, however long the lease waited', () => {
    const { t, id } = aLease();
    const waiting = t.request('bob', 'boards', { heartbeatMs: 5_000 });
    t.now += 20_000;
    expect(beat(t, waiting.id, 'bob').changes).toEqual([]);
    t.end({ id });
    expect(t.lease(waiting.id)).toMatchObject({ status: 'active', heartbeatBy: t.now + 5_000 });
  });

  test('that nobody asked for is without effect', () => {
    const { t, id } = aLease();
    expect(beat(t, id).changes).toEqual([]);
  });

  test("on somebody else's lease is refused (L17)", () => {
    const { t, id } = aLease({ heartbeatMs: 5_000 });
    expect(refusalOf(() => beat(t, id, 'bob')).code).toBe('lease_not_found');
  });
});
