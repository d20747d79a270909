import { describe, expect, test } from 'vitest';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { putDocument } from '../world/world.ts';

const FAST = { name: 'fast', params: { speed: 3 } };

describe('putting a profile (P11)', () => {
  test('makes it known, changes it with a new version, and does nothing where nothing is new', () => {
    const t = new TestWorld();
    const first = t.decide({ type: 'putProfile', spec: FAST });
    expect(first.events).toMatchObject([{ type: 'profile.changed', data: { name: 'fast', version: 1 } }]);
    expect(t.decide({ type: 'putProfile', spec: FAST }).changes).toEqual([]);
    const params = { speed: 4 };
    expect(t.do({ type: 'putProfile', spec: { ...FAST, params } })).toMatchObject({ params, version: 2 });
  });

  test('its parameters are in no event', () => {
    const t = new TestWorld();
    const { events } = t.decide({ type: 'putProfile', spec: { name: 'fast', params: { key: 'sesame' } } });
    expect(JSON.stringify(events)).not.toContain('sesame');
  });

  test('an old version is refused, and so is a version of nothing', () => {
    const t = new TestWorld();
    const put = (version: number) => () => t.do({ type: 'putProfile', spec: FAST, version });
    expect(refusalOf(put(1)).code).toBe('profile_not_found');
    t.do({ type: 'putProfile', spec: FAST });
    expect(refusalOf(put(2)).code).toBe('version_mismatch');
  });
});

describe('removing a profile (P11)', () => {
  test('takes it away where nothing has it', () => {
    const t = new TestWorld();
    t.do({ type: 'putProfile', spec: FAST });
    const { events } = t.decide({ type: 'removeProfile', name: 'fast' });
    expect(events).toMatchObject([{ type: 'profile.removed', data: { name: 'fast' } }]);
    expect(refusalOf(() => t.do({ type: 'removeProfile', name: 'fast' })).code).toBe('profile_not_found');
  });

  test('is refused while a pool names it or resources have it, which are counted', () => {
    const t = new TestWorld();
    t.do({ type: 'putProfile', spec: FAST });
    const boards = t.staticPool('boards', [{}, {}], { on: { allocate: { addProfiles: ['fast'] } } });
    const remove = () => t.do({ type: 'removeProfile', name: 'fast' });
    expect(refusalOf(remove)).toMatchObject({ code: 'profile_in_use' });
    expect(refusalOf(remove).message).toContain('transitions of pool boards name it.');
    for (const { id } of boards)
      putDocument(t.world, 'resource', id, { ...t.resource(id), profiles: ['fast'] });
    expect(refusalOf(remove).message).toContain('pool boards name it, and 2 resources have it');
    t.do({ type: 'putPool', name: 'boards', merge: true, spec: { on: {} } });
    expect(refusalOf(remove).message).toContain('in use: 2 resources have it');
  });
});
