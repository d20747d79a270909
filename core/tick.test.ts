import { describe, expect, test } from 'vitest';
import { TestWorld } from './testing/world-builder.ts';
import { checkWorld } from './world/check-world.ts';
import { nextTickAt, TICK_BATCH_MAX } from './tick.ts';

const LEASE_MS = 60_000;

function aPool(members: number): TestWorld {
  const t = new TestWorld();
  t.staticPool(
    'boards',
    Array.from({ length: members }, () => ({})),
    { lease: { defaultMs: LEASE_MS, maxMs: 10 * LEASE_MS, queue: 'fifo' } },
  );
  return t;
}

function tick(t: TestWorld) {
  return t.decide({ type: 'tick' });
}

describe('a lease ends by itself', () => {
  test('when its time is over, and not before (L12)', () => {
    const t = aPool(1);
    const lease = t.request('ann', 'boards');
    t.now += LEASE_MS - 1;
    expect(tick(t).reply.handled).toBe(0);
    t.now += 1;
    const { reply, ended, events } = tick(t);
    expect(reply.handled).toBe(1);
    expect(ended).toMatchObject([{ id: lease.id, endReason: 'expired' }]);
    expect(events.map((event) => event.type)).toEqual(['lease.ended', 'resource.freed']);
  });

  test('counted from its grant, not from its request (L12)', () => {
    const t = aPool(1);
    const first = t.request('ann', 'boards');
    const second = t.request('bob', 'boards');
    t.now += LEASE_MS;
    expect(tick(t).ended).toMatchObject([{ id: first.id }]);
    t.now += LEASE_MS - 1;
    expect(tick(t).ended).toEqual([]);
    t.now += 1;
    expect(tick(t).ended).toMatchObject([{ id: second.id }]);
  });

  test('when its heartbeat is missed (L13)', () => {
    const t = aPool(2);
    const silent = t.request('ann', 'boards', { heartbeatMs: 5_000 });
    t.request('bob', 'boards');
    t.now += 5_000;
    expect(tick(t).ended).toMatchObject([{ id: silent.id, endReason: 'heartbeat_missed' }]);
  });

  test.each([
    [LEASE_MS, 'expired'],
    [LEASE_MS - 1, 'heartbeat_missed'],
  ])('a heartbeat of %i at the end of its time: %s', (heartbeatMs, endReason) => {
    const t = aPool(1);
    t.request('ann', 'boards', { heartbeatMs });
    t.now += heartbeatMs;
    expect(tick(t).ended).toMatchObject([{ endReason }]);
  });

  test('and never while it waits', () => {
    const t = aPool(0);
    t.request('ann', 'boards', { heartbeatMs: 5_000 });
    t.now += 100 * LEASE_MS;
    expect(tick(t).ended).toEqual([]);
  });

  test('and the next one holds what it had', () => {
    const t = aPool(1);
    t.request('ann', 'boards');
    const next = t.request('bob', 'boards');
    t.now += LEASE_MS;
    tick(t);
    expect(t.held(next)).toEqual(['boards-1']);
  });
});

describe('what is due is done in bounded batches, the earliest first (W8)', () => {
  test('a storm of expiries is spread over decisions', () => {
    const t = aPool(TICK_BATCH_MAX + 10);
    const leases: string[] = [];
    for (let n = 0; n < TICK_BATCH_MAX + 10; n += 1) {
      const durationMs = LEASE_MS - n;
      leases.push(t.request('ann', 'boards', { durationMs }).id);
    }
    t.now += LEASE_MS;
    const first = tick(t);
    expect(first.reply.handled).toBe(TICK_BATCH_MAX);
    expect(first.ended.map((lease) => lease.id)).toEqual(leases.toReversed().slice(0, TICK_BATCH_MAX));
    expect(nextTickAt(t.world)).toBeLessThanOrEqual(t.now);
    expect(tick(t).reply.handled).toBe(10);
    expect(tick(t).reply.handled).toBe(0);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('of one instant in the order of ids', () => {
    const t = aPool(3);
    const ids = ['cyd', 'ann', 'bob'].map((holder) => t.request(holder, 'boards').id);
    t.now += LEASE_MS;
    expect(tick(t).ended.map((lease) => lease.id)).toEqual(ids);
  });
});

describe('what is over is forgotten (W5)', () => {
  test('an expired token, with an event', () => {
    const t = aPool(0);
    const token = { role: 'holder', pools: null, quota: {}, type: 'createToken' } as const;
    t.do({ ...token, name: 'short', hash: 'a', expiresAt: t.now + 1_000 });
    t.do({ ...token, name: 'long', hash: 'b', expiresAt: null });
    t.now += 1_000;
    const { events } = tick(t);
    expect(events).toEqual([
      expect.objectContaining({
        type: 'token.revoked',
        data: { id: expect.any(String), name: 'short', reason: 'expired' },
      }),
    ]);
    expect([...t.world.tokens.values()].map(({ name }) => name)).toEqual(['long']);
    expect([...t.world.tokenByName.keys(), ...t.world.tokenByHash.keys()]).toEqual(['long', 'b']);
  });

  test('an idempotency key, without a word', () => {
    const t = aPool(1);
    const lease = t.request('ann', 'boards', { idempotency: { key: 'k', fingerprint: 'f' } });
    t.end(lease);
    t.now += 24 * 3_600_000;
    expect(tick(t)).toMatchObject({ reply: { handled: 1 }, events: [] });
    expect(t.world.receipts.size).toBe(0);
  });
});

describe('when the next tick is due', () => {
  test('never, in a world where nothing ends by itself', () => {
    expect(nextTickAt(aPool(1).world)).toBeUndefined();
  });

  test('at the earliest deadline, which moves with heartbeats and renewals', () => {
    const t = aPool(2);
    t.request('ann', 'boards');
    const { id } = t.request('bob', 'boards', { heartbeatMs: 5_000 });
    const start = t.now;
    expect(nextTickAt(t.world)).toBe(start + 5_000);
    t.now += 4_000;
    t.do({ type: 'heartbeatLease', lease: id, asHolder: 'bob' });
    expect(nextTickAt(t.world)).toBe(start + 9_000);
    t.end({ id });
    expect(nextTickAt(t.world)).toBe(start + LEASE_MS);
  });

  test('at once, while a pool is on its way to its size (P7)', () => {
    const t = new TestWorld();
    t.sizedPool('web', { desired: 501 });
    expect(nextTickAt(t.world)).toBe(t.now);
    tick(t);
    expect(nextTickAt(t.world)).toBeUndefined();
  });
});
