import { expect, test } from 'vitest';
import { ASK_WITHIN_MS, StagedWorld } from '../testing/stage-builder.ts';
import { checkWorld } from '../world/check-world.ts';

/** Three that wait, in order of their names: `a` was silent for too long before nobody could ask, `b` and `c` were not. */
function aLine(): StagedWorld {
  const t = new StagedWorld();
  t.stagedPool('proj');
  t.take('proj', { request: 'a' });
  t.now += ASK_WITHIN_MS;
  for (const request of ['b', 'c']) t.take('proj', { request });
  t.now += 1;
  t.do({ type: 'tick' });
  return t;
}
const AWAY_MS = 3_600_000;

test('while nobody can ask nobody loses a place (S10)', () => {
  const t = aLine();
  const since = t.now;
  t.now += AWAY_MS;
  expect(t.do({ type: 'keepPlaces', since })).toEqual({ kept: 3 });
  t.do({ type: 'tick' });
  t.register('proj', 'p1');
  // Who asks first gets nothing that somebody before him has yet to ask for.
  expect([t.taken('proj', { request: 'c' }), t.taken('proj', { request: 'b' })]).toEqual(['none', 'p1']);
  expect(checkWorld(t.world)).toEqual([]);
});

test('who was silent before stays so, and time goes on for all afterwards', () => {
  const t = aLine();
  const since = t.now;
  t.now += AWAY_MS;
  t.do({ type: 'keepPlaces', since });
  expect(t.take('proj', { request: 'b' })).toEqual({ result: 'empty', position: 1 });
  t.now += ASK_WITHIN_MS;
  expect(t.take('proj', { request: 'd' })).toEqual({ result: 'empty', position: 2 });
  t.now += 59_999;
  t.do({ type: 'tick' });
  expect([...t.world.waiters.values()].map(({ request }) => request)).toEqual(['b', 'd']);
  t.now += 60_000;
  t.do({ type: 'tick' });
  expect(t.world.waiters.size).toBe(0);
});

test('where no time has passed nothing changes', () => {
  const t = aLine();
  expect(t.decide({ type: 'keepPlaces', since: t.now }).changes).toEqual([]);
});

test('who could not say that it lives has as long for it as that lasted, or as it had left (L23)', () => {
  const t = new StagedWorld();
  t.stagedPool('proj', { silenceMs: 60_000 });
  t.register('proj', 'p1');
  t.taken('proj', { holder: 'ann' });
  t.now += 50_000;
  t.do({ type: 'tick' });
  const since = t.now;
  t.now += 30_000;
  t.do({ type: 'keepPlaces', since });
  t.now += 9_999;
  t.do({ type: 'tick' });
  expect(t.at('p1')).toBe('busy ann');
  t.now += 1;
  t.do({ type: 'tick' });
  expect(t.at('p1')).not.toContain('ann');
  expect(checkWorld(t.world)).toEqual([]);
});

test('a silence that was over before stays so, and a heartbeat that is due much later stays due then (L23)', () => {
  for (const [passedMs, awayMs] of [
    [60_000, 30_000],
    [1_000, 5_000],
  ] as const) {
    const t = new StagedWorld();
    t.stagedPool('proj', { silenceMs: 60_000 });
    t.register('proj', 'p1');
    t.taken('proj', { holder: 'ann' });
    t.now += passedMs;
    const since = t.now;
    t.now += awayMs;
    expect(t.decide({ type: 'keepPlaces', since }).changes).toEqual([]);
  }
});
