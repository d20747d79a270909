import { describe, expect, test } from 'vitest';
import { refusalOf } from '../testing/refusal-of.ts';
import { StagedWorld } from '../testing/stage-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import type { TakeNamed } from './take-named.ts';

/** Two pools with members at `c1`, as those of a composite of this name are, and one that somebody has. */
function aWorld(): StagedWorld {
  const t = new StagedWorld();
  t.stagedPool('vm');
  t.stagedPool('disk');
  t.register('vm', 'v2', 'c1');
  t.now += 1;
  t.register('vm', 'v1', 'c1');
  t.register('disk', 'd1', 'c1');
  t.register('disk', 'd2', { name: 'c1', holder: 'bob' });
  t.now += 1;
  return t;
}

function take(t: StagedWorld, names: readonly string[], more: Partial<TakeNamed> = {}) {
  const asked = { stage: 'c1', dest: 'busy', holder: 'ann', isAtomic: false };
  const { taken, missing } = t.do({ type: 'takeNamed', names, ...asked, ...more });
  expect(checkWorld(t.world)).toEqual([]);
  return { taken: taken.map(({ name }) => name), missing };
}

describe('members are taken by name', () => {
  test('over all pools, in the order in which they came to their stage', () => {
    const t = aWorld();
    expect(take(t, ['d1', 'v1', 'v2', 'v1'])).toEqual({ taken: ['v2', 'd1', 'v1'], missing: [] });
    expect(['v1', 'v2', 'd1'].map((name) => t.at(name))).toEqual(['busy ann', 'busy ann', 'busy ann']);
  });

  test.each([
    ['somebody has it', 'd2'],
    ['it is not there', 'v9'],
  ])('what can be had is taken also where %s', (_why, name) => {
    const t = aWorld();
    expect(take(t, ['v1', name])).toEqual({ taken: ['v1'], missing: [name] });
    expect(t.at('v1')).toBe('busy ann');
  });

  test('or all or nothing, where that is asked for', () => {
    const t = aWorld();
    expect(take(t, ['v1', 'd2'], { isAtomic: true })).toEqual({ taken: [], missing: ['d2'] });
    expect(t.at('v1')).toBe('c1');
    expect(take(t, ['v1', 'd1'], { isAtomic: true }).taken).toEqual(['d1', 'v1']);
  });

  test('from the stage that is said and no other', () => {
    const t = aWorld();
    expect(take(t, ['v1'], { stage: 'free' })).toEqual({ taken: [], missing: ['v1'] });
  });

  test('at most so many at once', () => {
    const names = Array.from({ length: 1_001 }, (_, index) => `n${index}`);
    expect(refusalOf(() => take(aWorld(), names)).at).toBe('/names');
  });
});

describe('a name is one member’s over all pools that are handed over by stage (S1)', () => {
  test('when it is registered', () => {
    const t = aWorld();
    expect(refusalOf(() => t.register('disk', 'v1')).code).toBe('resource_name_taken');
    t.staticPool('plain', [{}]);
    expect(t.do({ type: 'registerResource', pool: 'plain', name: 'v1' }).name).toBe('v1');
  });

  test('when it moves', () => {
    const t = aWorld();
    t.staticPool('plain', [{}]);
    const other = t.do({ type: 'registerResource', pool: 'plain', name: 'v1' });
    const refused = refusalOf(() => t.do({ type: 'moveResource', resource: other.id, pool: 'disk' }));
    expect(refused.code).toBe('resource_name_taken');
    t.do({ type: 'moveResource', resource: t.register('vm', 'v3').id, pool: 'disk' });
    expect([t.member('v3')?.pool, t.at('v3')]).toEqual(['disk', 'free']);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('and when a pool comes to be handed over by stage', () => {
    const t = aWorld();
    t.staticPool('plain', []);
    const { id } = t.do({ type: 'registerResource', pool: 'plain', name: 'v1' });
    expect(refusalOf(() => t.stagedPool('plain')).at).toBe('/stages');
    t.do({ type: 'actOnResource', resource: id, action: 'retire', reason: 'test' });
    t.finishJobs();
    t.do({ type: 'registerResource', pool: 'plain', name: 'p1' });
    t.stagedPool('plain');
    expect([t.at('p1'), t.taken('plain')]).toEqual(['free', 'p1']);
  });
});
