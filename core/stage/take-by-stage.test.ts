import { describe, expect, test } from 'vitest';
import { refusalOf } from '../testing/refusal-of.ts';
import { ASK_WITHIN_MS, StagedWorld } from '../testing/stage-builder.ts';
import type { Waiter } from '../model/stage.ts';
import { checkWorld } from '../world/check-world.ts';
import type { StagedMembers } from '../world/staged-members.ts';
import { POOL_WAITERS_MAX } from './take-by-stage.ts';

function aWorld(...stages: string[]): StagedWorld {
  const t = new StagedWorld();
  t.stagedPool('proj');
  stages.forEach((stage, index) => {
    t.now += 1;
    t.register('proj', `p${index + 1}`, stage);
  });
  t.now += 1;
  return t;
}

describe('a member is taken by stage', () => {
  test('by a lease of its own, which says who has it (S2)', () => {
    const t = aWorld('free');
    const answer = t.take('proj', { holder: 'ann' });
    expect(answer).toMatchObject({
      result: 'taken',
      waitedMs: null,
      resource: { name: 'p1', status: 'leased' },
    });
    const lease = t.lease(answer.result === 'taken' ? answer.lease : '');
    expect(lease).toMatchObject({
      status: 'active',
      holder: 'ann',
      heartbeatMs: null,
      members: [{ name: 'p1' }],
    });
    expect(t.at('p1')).toBe('busy ann');
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('the one that came to its stage first, so that use goes round', () => {
    const t = aWorld('free', 'free', 'free');
    const names = Array.from({ length: 6 }, () => {
      t.now += 1;
      const name = t.taken('proj');
      t.now += 1;
      t.put(name, 'free');
      return name;
    });
    expect(names).toEqual(['p1', 'p2', 'p3', 'p1', 'p2', 'p3']);
  });

  test('and from no other stage than the one that is asked for', () => {
    const t = aWorld('dirty', 'noSchedule');
    expect(t.taken('proj')).toBe('none');
    expect(t.taken('proj', { stage: 'noSchedule', dest: 'cleaning', holder: 'janitor' })).toBe('p2');
    expect([t.at('p1'), t.at('p2')]).toEqual(['dirty', 'cleaning janitor']);
  });

  test('also to the stage that it is at: then somebody has it, and nobody else can take it', () => {
    const t = aWorld('free');
    expect(t.taken('proj', { dest: 'free' })).toBe('p1');
    expect(t.at('p1')).toBe('free ann');
    expect(t.taken('proj')).toBe('none');
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('not while it is set aside for a lease that waits natively', () => {
    const t = aWorld('free');
    t.request('bob', [{ pool: 'proj', count: 2 }]);
    expect(t.taken('proj')).toBe('none');
  });

  test('never natively while it stands anywhere else than at free (S3)', () => {
    const t = aWorld('dirty', 'parked');
    expect(t.request('bob', 'proj').status).toBe('queued');
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('of a pool without members it says so', () => {
    expect(aWorld().taken('proj')).toBe('empty');
  });

  test('within the quota of its pool', () => {
    const t = aWorld('free', 'free');
    t.do({ type: 'putPool', name: 'proj', merge: true, spec: { quota: { perHolder: 1 } } });
    t.take('proj');
    expect(refusalOf(() => t.take('proj')).code).toBe('over_quota');
    expect(t.taken('proj', { holder: 'bob' })).toBe('p2');
  });
});

describe('a request that waits has a place (S4)', () => {
  const ask = (t: StagedWorld, request: string | null, holder = request ?? 'nobody') =>
    t.take('proj', { request, holder });

  test('and the member that is as far from the front', () => {
    const t = aWorld();
    expect(ask(t, 'r1')).toMatchObject({ position: 1 });
    expect(ask(t, 'r2')).toMatchObject({ position: 2 });
    t.register('proj', 'p1');
    expect(ask(t, 'r2')).toMatchObject({ result: 'none', position: 2 });
    expect(ask(t, 'r3')).toMatchObject({ result: 'none', position: 3 });
    expect(ask(t, null)).toMatchObject({ result: 'none', position: null });
    expect(ask(t, 'r1')).toMatchObject({ result: 'taken', waitedMs: 0 });
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('so the second is served where there are two, also before the first asks', () => {
    const t = aWorld();
    ask(t, 'r1');
    ask(t, 'r2');
    t.register('proj', 'p1');
    t.register('proj', 'p2');
    expect(ask(t, 'r2')).toMatchObject({ result: 'taken', resource: { name: 'p2' } });
    expect(ask(t, 'r1')).toMatchObject({ result: 'taken', resource: { name: 'p1' } });
  });

  test('that is passed over when it is not asked in time, and is there again when it is', () => {
    const t = aWorld();
    ask(t, 'r1');
    t.now += ASK_WITHIN_MS + 1;
    expect(ask(t, 'r2')).toMatchObject({ position: 1 });
    expect(ask(t, 'r1')).toMatchObject({ position: 1 });
    expect(ask(t, 'r2')).toMatchObject({ position: 2 });
  });

  test('until a minute after that, when it is at the back', () => {
    const t = aWorld();
    ask(t, 'r1');
    t.now += ASK_WITHIN_MS;
    ask(t, 'r2');
    t.now += 60_001;
    t.do({ type: 'tick' });
    expect(t.world.waiters.size).toBe(1);
    expect(ask(t, 'r1')).toMatchObject({ position: 1 });
    expect(ask(t, 'r2')).toMatchObject({ position: 1 });
    expect(ask(t, 'r1')).toMatchObject({ position: 2 });
  });

  test('that it loses with what it gets: the same request again is a new one', () => {
    const t = aWorld('free');
    expect(ask(t, 'r1').result).toBe('taken');
    ask(t, 'r2');
    expect(ask(t, 'r1')).toMatchObject({ result: 'none', position: 2 });
  });

  test('or is answered as before, where the pool says so, for as long as it has the member (S5)', () => {
    const t = aWorld('free', 'free');
    t.stagedPool('proj', { isRepeatable: true });
    const first = ask(t, 'r1');
    expect(ask(t, 'r1')).toMatchObject({ result: 'taken', resource: { name: 'p1' } });
    expect(ask(t, 'r1', 'other')).toMatchObject({ result: 'taken', resource: { name: 'p2' } });
    t.put('p1', 'free', 'r1');
    const again = ask(t, 'r1');
    expect(again).toMatchObject({ result: 'taken', resource: { name: 'p1' } });
    expect(again).not.toMatchObject({ lease: first.result === 'taken' ? first.lease : '' });
  });

  test('and not kept beside what it has: the answer that is given again ends it (S5)', () => {
    const t = aWorld('free');
    t.stagedPool('proj', { isRepeatable: true });
    ask(t, 'r1');
    expect(t.take('proj', { holder: 'r1', request: 'r1', dest: 'leased' })).toMatchObject({ position: 1 });
    expect(ask(t, 'r1').result).toBe('taken');
    expect(ask(t, 'r2')).toMatchObject({ result: 'none', position: 1 });
  });

  test('of its own at each stage', () => {
    const t = aWorld();
    ask(t, 'r1');
    expect(t.take('proj', { stage: 'dirty', request: 'r1' })).toMatchObject({ position: 1 });
  });

  test('in the queue as it was written down: a world that is loaded decides the same', () => {
    const t = aWorld();
    ask(t, 'r1');
    ask(t, 'r2');
    expect(checkWorld(t.world)).toEqual([]);
    t.register('proj', 'p1');
    expect(ask(t, 'r2').result).toBe('none');
  });
});

describe('the bounds of what waits', () => {
  test('stages are free text, so all lines of a pool together have one too', () => {
    const t = new StagedWorld();
    t.stagedPool('proj');
    t.register('proj', 'p1', 'parked');
    const staged = t.world.pools.get('proj')?.staged as StagedMembers;
    for (let seq = 0; seq < POOL_WAITERS_MAX; seq += 1) staged.changeWaiter(undefined, aWaiter(seq));
    expect(t.take('proj', { stage: 'one more', request: 'r' })).toEqual({ result: 'none', position: null });
    expect(t.world.waiters.size).toBe(0);
    staged.changeWaiter(aWaiter(0), undefined);
    expect(t.take('proj', { stage: 'one more', request: 'r' })).toEqual({ result: 'none', position: 1 });
  });
});

function aWaiter(seq: number): Waiter {
  const stage = `stage ${seq}`;
  return { id: stage, pool: 'proj', stage, request: 'r', seq, createdAt: 0, askBy: 0, expiresAt: 0 };
}

test('a request that is said again finds what it has also while its pool is being removed', () => {
  const t = new StagedWorld();
  t.stagedPool('proj', { isRepeatable: true });
  t.register('proj', 'p1');
  expect(t.taken('proj', { request: 'r' })).toBe('p1');
  t.do({ type: 'removePool', name: 'proj' });
  expect([t.taken('proj', { request: 'r' }), t.taken('proj', { request: 'other' })]).toEqual(['p1', 'none']);
});
