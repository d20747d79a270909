import { describe, expect, test } from 'vitest';
import type { HeldLease } from '../model/lease.ts';
import type { PoolSpec } from '../model/pool.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';

const HOUR = 3_600_000;

/** A lease of an hour, for which a person is asked first about each member; the question may take four hours. */
function asked(count = 1, lease: Partial<PoolSpec['lease']> = {}) {
  const t = new TestWorld();
  t.workflow('agree', [{ name: 'ask', uses: 'approval', with: { message: 'ok?' }, timeoutMs: 4 * HOUR }]);
  t.staticPool(
    'accounts',
    Array.from({ length: count }, () => ({})),
    {
      on: { allocate: { workflow: 'agree' } },
      lease: { defaultMs: HOUR, maxMs: 2 * HOUR, queue: 'fifo', ...lease },
    },
  );
  const { id } = t.request('ann', [{ pool: 'accounts', count }]);
  const held = (): HeldLease => t.lease(id) as HeldLease;
  const runs = (): string[] => [...t.world.runs.keys()];
  const decide = (run: string | undefined, isApproved = true): void =>
    void t.do({ type: 'decideApproval', run: run ?? '', isApproved, by: 'olga', reason: 'seen' });
  return { t, id, held, runs, decide };
}

describe('the time of a lease does not count while a person is asked (L22)', () => {
  test('its end is put off by as long as the question may take, and the rest is taken back with the answer', () => {
    const { t, held, runs, decide } = asked();
    const granted = t.now;
    expect(held()).toMatchObject({ status: 'preparing', expiresAt: granted + 5 * HOUR, putOffMs: 4 * HOUR });
    t.now += 3 * HOUR;
    decide(runs()[0]);
    expect(held()).toMatchObject({ status: 'active', expiresAt: t.now + HOUR, putOffMs: 3 * HOUR });
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('several questions at once count once, whichever is answered first', () => {
    const { t, held, runs, decide } = asked(3);
    const granted = t.now;
    expect(held().expiresAt).toBe(granted + 5 * HOUR);
    const [first, second, third] = runs();
    t.now += HOUR;
    decide(second);
    expect(held().expiresAt).toBe(granted + 5 * HOUR);
    t.now += HOUR;
    decide(first);
    decide(third);
    expect(held()).toMatchObject({ status: 'active', expiresAt: granted + 3 * HOUR, putOffMs: 2 * HOUR });
  });

  test('two questions, one after the other, count both', () => {
    const { t, held, runs, decide } = asked();
    t.workflow('agree', [
      { name: 'one', uses: 'approval', with: { message: 'ok?' }, timeoutMs: HOUR },
      { name: 'two', uses: 'approval', with: { message: 'sure?' }, timeoutMs: HOUR },
    ]);
    t.end(held());
    const { id } = t.request('bob', 'accounts');
    const granted = t.now;
    t.now += HOUR / 2;
    decide(runs()[0]);
    t.now += HOUR / 4;
    decide(runs()[0]);
    expect(t.lease(id)).toMatchObject({ status: 'active', expiresAt: granted + HOUR + (HOUR * 3) / 4 });
  });

  test('what nobody answers holds the member, and the lease goes on from there', () => {
    const { t, held } = asked(2);
    const granted = t.now;
    t.now += 4 * HOUR;
    t.do({ type: 'tick' });
    expect(held()).toMatchObject({ status: 'preparing', expiresAt: granted + 5 * HOUR });
    t.now += HOUR;
    t.do({ type: 'tick' });
    expect(t.world.leases.size).toBe(0);
  });

  test('a warning before its end moves with it', () => {
    const { t, held, runs, decide } = asked(1, { warnMs: HOUR / 4 });
    t.now += HOUR;
    decide(runs()[0]);
    expect(held().warnAt).toBe(t.now + (HOUR * 3) / 4);
  });

  test('it may be renewed to the longest that its pool allows, not counting the wait', () => {
    const { t, id, held, runs, decide } = asked();
    t.now += 3 * HOUR;
    decide(runs()[0]);
    t.do({ type: 'renewLease', lease: id, asHolder: 'ann', durationMs: 9 * HOUR });
    expect(held().expiresAt).toBe(t.now + 2 * HOUR);
    expect(refusalOf(() => t.do({ type: 'renewLease', lease: id, asHolder: 'ann' })).code).toBe(
      'lease_at_maximum',
    );
  });

  test('a question at another move takes nothing from anybody', () => {
    const t = new TestWorld();
    t.workflow('agree', [{ name: 'ask', uses: 'approval', with: { message: 'ok?' } }]);
    t.staticPool('accounts', [{}], { on: { release: { workflow: 'agree' } } });
    const lease = t.request('ann', 'accounts') as HeldLease;
    expect(lease.expiresAt).toBe(t.now + lease.durationMs);
    t.end(lease);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('a lease that ended while a person was asked leaves nothing behind', () => {
    const { t, held } = asked();
    t.end(held());
    expect([t.world.leases.size, t.world.runs.size]).toEqual([0, 0]);
    expect(checkWorld(t.world)).toEqual([]);
  });
});
