import { describe, expect, test } from 'vitest';
import type { HeldLease, LeaseEndReason } from '../model/lease.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';

function aLease(status: 'active' | 'queued'): { t: TestWorld; id: string } {
  const t = new TestWorld();
  t.staticPool('boards', status === 'active' ? [{}, {}] : [{}]);
  const { id } = t.request('ann', [{ pool: 'boards', count: 2 }]);
  return { t, id };
}

function end(t: TestWorld, lease: string, asHolder: string | null, version?: number) {
  return t.decide({ type: 'endLease', lease, asHolder, ...(version === undefined ? {} : { version }) });
}

describe('a lease ends, with the reason', () => {
  test.each<['active' | 'queued', string | null, LeaseEndReason]>([
    ['active', 'ann', 'released'],
    ['active', null, 'ended_by_operator'],
    ['queued', 'ann', 'cancelled'],
    ['queued', null, 'ended_by_operator'],
  ])('%s, by %s: %s', (status, asHolder, reason) => {
    const { t, id } = aLease(status);
    t.now += 5_000;
    const { reply, ended, events } = end(t, id, asHolder);
    expect(ended).toEqual([reply]);
    expect(reply).toMatchObject({ id, status: 'ended', endReason: reason, endedAt: t.now });
    expect(events[0]).toMatchObject({ type: 'lease.ended', holder: 'ann', data: { reason } });
  });

  test('and is what it was when it was live, with what it held (W5)', () => {
    const { t, id } = aLease('active');
    const { heartbeatBy, ...live } = t.lease(id) as HeldLease;
    const { reply } = end(t, id, 'ann');
    expect(heartbeatBy).toBeNull();
    expect(reply).toStrictEqual({
      ...live,
      status: 'ended',
      endReason: 'released',
      endedAt: t.now,
      version: live.version + 1,
    });
    expect(reply.members.map(({ name, epoch }) => [name, epoch])).toEqual([
      ['boards-1', 1],
      ['boards-2', 1],
    ]);
    expect(t.world.leases.size).toBe(0);
  });

  test('and holds nothing when it was never granted', () => {
    const { t, id } = aLease('queued');
    const { reply } = end(t, id, 'ann');
    expect(reply).toMatchObject({ members: [], grantedAt: null, expiresAt: null });
    expect(reply).not.toHaveProperty('setAside');
  });
});

describe('what a lease had', () => {
  test('goes to the next in line in the same decision (L3)', () => {
    const { t, id } = aLease('active');
    const next = t.request('bob', [{ pool: 'boards', count: 2 }]);
    const { events } = end(t, id, 'ann');
    expect(events.map((event) => event.type)).toEqual([
      'lease.ended',
      'resource.freed',
      'resource.freed',
      'lease.granted',
    ]);
    expect(t.held(next)).toHaveLength(2);
  });

  test('set aside goes to the next in line too (L3, L4)', () => {
    const { t, id } = aLease('queued');
    const next = t.request('bob', 'boards');
    expect(t.held(next)).toEqual([]);
    end(t, id, 'ann');
    expect(t.held(next)).toEqual(['boards-1']);
  });
});

describe('a lease that is not there for the caller (L17)', () => {
  test.each<[string, (id: string) => [string, string | null]]>([
    ['unknown', () => ['none', null]],
    ["somebody else's", (id) => [id, 'bob']],
  ])('%s', (_what, whom) => {
    const { t, id } = aLease('active');
    const [lease, asHolder] = whom(id);
    const [other, unknown] = [
      refusalOf(() => end(t, lease, asHolder)),
      refusalOf(() => end(t, 'none', 'bob')),
    ];
    expect(other.code).toBe('lease_not_found');
    expect(other.message.replace(lease, 'none')).toBe(unknown.message);
    expect(t.held({ id })).toHaveLength(2);
  });

  test('ended before', () => {
    const { t, id } = aLease('active');
    end(t, id, 'ann');
    expect(refusalOf(() => end(t, id, 'ann')).code).toBe('lease_not_found');
  });

  test('at another version', () => {
    const { t, id } = aLease('active');
    expect(refusalOf(() => end(t, id, 'ann', 77)).code).toBe('version_mismatch');
    expect(end(t, id, 'ann', t.lease(id).version).reply.status).toBe('ended');
  });
});
