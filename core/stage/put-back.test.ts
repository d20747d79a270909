import { describe, expect, test } from 'vitest';
import { refusalOf } from '../testing/refusal-of.ts';
import { StagedWorld } from '../testing/stage-builder.ts';
import { checkWorld } from '../world/check-world.ts';

/** A pool of one member, which ann has from free; `cleans`: its pool cleans what comes back. */
function aWorld({ cleans = false, silenceMs }: { cleans?: boolean; silenceMs?: number } = {}): StagedWorld {
  const t = new StagedWorld();
  t.workflow('wipe', [{ name: 'erase' }]);
  t.stagedPool(
    'proj',
    silenceMs === undefined ? {} : { silenceMs },
    cleans ? { on: { release: { clean: 'wipe' } } } : {},
  );
  t.register('proj', 'p1');
  t.take('proj');
  t.now += 1_000;
  return t;
}

describe('a member that is put back (S6)', () => {
  test.each(['dirty', 'busy', 'toBeDeleted', 'free'])('stands at %s, where nobody cleans it', (dest) => {
    const t = aWorld();
    t.put('p1', dest);
    expect(t.at('p1')).toBe(dest);
    expect([...t.world.leases.keys()]).toEqual([]);
    expect(t.member('p1')?.status).toBe(dest === 'free' ? 'free' : 'cleaning');
    expect(checkWorld(t.world)).toEqual([]);
  });

  test.each(['dirty', 'free'])(
    'at %s by who got it free is cleaned first, where its pool sees to that',
    (dest) => {
      const t = aWorld({ cleans: true });
      t.put('p1', dest);
      expect(t.at('p1')).toBe('cleaning');
      expect(t.taken('proj')).toBe('none');
      t.finishStep(t.member('p1')?.id ?? '');
      expect(t.at('p1')).toBe('free');
      expect(checkWorld(t.world)).toEqual([]);
    },
  );

  test('at free by who took it from elsewhere is free, also where its pool cleans', () => {
    const t = aWorld({ cleans: true });
    t.put('p1', 'parked');
    t.take('proj', { stage: 'parked', dest: 'cleaning', holder: 'janitor' });
    t.put('p1', 'free', 'janitor');
    expect(t.at('p1')).toBe('free');
  });

  test('goes where its fate says', () => {
    const t = aWorld();
    const id = t.member('p1')?.id ?? '';
    t.do({ type: 'actOnResource', resource: id, action: 'quarantine', reason: 'test' });
    t.put('p1', 'free');
    expect(t.at('p1')).toBe('quarantined');
    t.do({ type: 'actOnResource', resource: id, action: 'retry', reason: 'test' });
    expect(t.at('p1')).toBe('free');
  });

  test('is forgotten where it is not wanted any more: nobody made it, so nobody destroys it', () => {
    const t = aWorld();
    t.do({ type: 'actOnResource', resource: t.member('p1')?.id ?? '', action: 'retire', reason: 'test' });
    const { reply, events } = t.decide({ type: 'putBack', name: 'p1', holder: 'ann', dest: 'free' });
    expect([reply, t.at('p1'), t.world.jobs.size]).toEqual([undefined, 'gone', 0]);
    expect(events.at(-1)).toMatchObject({ type: 'resource.gone', data: { how: 'forgotten' } });
  });

  test.each([
    ['nobody', 'resource_not_found', (t: StagedWorld) => t.put('p9', 'free')],
    ['another', 'not_the_holder', (t: StagedWorld) => t.put('p1', 'free', 'bob')],
  ])('is refused where %s has it', (_who, code, act) => {
    expect(refusalOf(() => act(aWorld())).code).toBe(code);
  });

  test('is refused while nobody has it, and of what is lent natively', () => {
    const t = aWorld();
    t.put('p1', 'free');
    expect(refusalOf(() => t.put('p1', 'free')).code).toBe('not_the_holder');
    t.request('ann', 'proj');
    expect(t.at('p1')).toBe('leased ann');
    expect(refusalOf(() => t.put('p1', 'free')).code).toBe('not_the_holder');
  });

  test('natively, or by the clock, comes back dirty', () => {
    const t = aWorld({ silenceMs: 5_000 });
    t.now += 5_000;
    t.do({ type: 'tick' });
    expect(t.at('p1')).toBe('dirty');
    t.take('proj', { stage: 'dirty', dest: 'cleaning' });
    t.put('p1', 'free');
    t.end(t.request('bob', 'proj'));
    expect(t.at('p1')).toBe('dirty');
    expect(checkWorld(t.world)).toEqual([]);
  });
});

describe('what a native holder does at the release of its own', () => {
  const OWN = { workflow: 'wipe', addParams: { left: 'a note' } };
  function end(t: StagedWorld): string {
    t.put('p1', 'free');
    const lease = t.request('bob', 'proj', { on: { release: OWN } });
    t.now += 1_000;
    t.end(lease);
    return t.member('p1')?.id ?? '';
  }

  test('is done, and cleans nothing: it stands at dirty afterwards, for whoever does', () => {
    const t = aWorld();
    const id = end(t);
    expect([t.at('p1'), t.taken('proj', { stage: 'dirty' })]).toEqual(['cleaning', 'none']);
    t.now += 1_000;
    t.finishStep(id);
    expect([t.at('p1'), t.member('p1')?.params, t.member('p1')?.stage?.at]).toEqual([
      'dirty',
      { left: 'a note' },
      t.now,
    ]);
    expect([t.taken('proj'), t.taken('proj', { stage: 'dirty' })]).toEqual(['none', 'p1']);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('leaves nothing standing in a pool that has stages no more', () => {
    const t = aWorld();
    const id = end(t);
    t.do({ type: 'putPool', name: 'proj', merge: false, spec: { provider: 'hand' } });
    t.finishStep(id);
    expect(t.resource(id).status).toBe('free');
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('is followed by the cleaning of a pool that has got one meanwhile', () => {
    const t = aWorld();
    const id = end(t);
    t.do({ type: 'putPool', name: 'proj', merge: true, spec: { on: { release: { clean: 'wipe' } } } });
    t.finishStep(id);
    expect(t.at('p1')).toBe('cleaning');
    t.finishStep(id);
    expect(t.at('p1')).toBe('free');
  });
});

describe('a holder that says that it still has a member', () => {
  const note = (
    t: StagedWorld,
    more: { holder?: string; stage?: string; data?: Record<string, string> } = {},
  ) => t.do({ type: 'noteHolding', name: 'p1', holder: 'ann', stage: 'busy', data: {}, ...more });

  test('is heard, and keeps it', () => {
    const t = aWorld({ silenceMs: 5_000 });
    for (let n = 0; n < 3; n += 1) {
      note(t);
      t.now += 4_000;
      t.do({ type: 'tick' });
    }
    expect(t.at('p1')).toBe('busy ann');
  });

  test('has something kept with it, for all who have it later; an empty text takes it away', () => {
    const t = aWorld();
    expect(note(t, { data: { key: 'k', user: 'u' } }).stage?.data).toEqual({ key: 'k', user: 'u' });
    note(t, { data: { user: '' } });
    t.put('p1', 'dirty');
    t.take('proj', { stage: 'dirty', dest: 'cleaning', holder: 'janitor' });
    t.put('p1', 'free', 'janitor');
    expect(t.member('p1')?.stage?.data).toEqual({ key: 'k' });
  });

  test('is told no in the order of what is wrong', () => {
    const t = aWorld();
    const code = (more: object) => refusalOf(() => note(t, more)).code;
    expect(
      refusalOf(() => t.do({ type: 'noteHolding', name: 'p9', holder: 'a', stage: 's', data: {} })).code,
    ).toBe('resource_not_found');
    expect(code({ holder: 'bob', stage: 'other' })).toBe('not_the_holder');
    expect(code({ stage: 'other' })).toBe('stage_mismatch');
    expect(code({ data: { big: 'x'.repeat(300_000) } })).toBe('invalid_input');
  });

  test('no event shows what is kept, only under what names', () => {
    const t = aWorld();
    const { events } = t.decide({
      type: 'noteHolding',
      name: 'p1',
      holder: 'ann',
      stage: 'busy',
      data: { key: 'planted' },
    });
    const more = t.decide({ type: 'putBack', name: 'p1', holder: 'ann', dest: 'dirty' }).events;
    const told = JSON.stringify([...events, ...more]);
    expect(told).not.toContain('planted');
    expect(told).toContain('"keys":["key"]');
  });
});

describe('what silent holders have', () => {
  const reset = (t: StagedWorld, silentMs: number, pool = 'proj') =>
    t.do({ type: 'takeAwaySilent', pool, stage: 'busy', dest: 'dirty', silentMs });

  test('is taken away, and who had it is told', () => {
    const t = aWorld();
    expect(reset(t, 1_001)).toEqual({});
    expect(reset(t, 1_000)).toEqual({ p1: 'ann' });
    expect(t.at('p1')).toBe('dirty');
    expect(reset(t, -1)).toEqual({});
    expect(reset(t, 0, 'nowhere')).toEqual({});
  });

  test('stays where its holder was heard since, and where it is lent natively', () => {
    const t = aWorld();
    t.do({ type: 'noteHolding', name: 'p1', holder: 'ann', stage: 'busy', data: {} });
    expect(reset(t, 1_000)).toEqual({});
    t.put('p1', 'free');
    t.request('bob', 'proj');
    expect(
      t.do({ type: 'takeAwaySilent', pool: 'proj', stage: 'leased', dest: 'dirty', silentMs: 0 }),
    ).toEqual({});
  });
});

describe('what stands at a stage', () => {
  test('goes through the release of its pool when an operator says so, and is free', () => {
    const t = aWorld({ cleans: true });
    t.put('p1', 'parked');
    const resource = t.member('p1')?.id ?? '';
    t.do({ type: 'actOnResource', resource, action: 'retry', reason: 'test' });
    expect(t.at('p1')).toBe('cleaning');
    t.finishStep(resource);
    expect(t.at('p1')).toBe('free');
  });

  test('can be set aside as unsafe, and is gone when it is retired', () => {
    const t = aWorld();
    t.put('p1', 'parked');
    const resource = t.member('p1')?.id ?? '';
    t.do({ type: 'actOnResource', resource, action: 'quarantine', reason: 'test' });
    expect([t.at('p1'), t.taken('proj', { stage: 'parked' })]).toEqual(['quarantined', 'none']);
    t.do({ type: 'actOnResource', resource, action: 'retire', reason: 'test' });
    expect(t.at('p1')).toBe('gone');
    expect(checkWorld(t.world)).toEqual([]);
  });
});
