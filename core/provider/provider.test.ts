import { describe, expect, test } from 'vitest';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';

const CLOUD = { name: 'cloud', driver: 'simulated', makes: true, options: { url: 'http://127.0.0.1:1' } };

describe('putting a provider (P16)', () => {
  test('makes it known, changes its options, and does nothing where nothing is new', () => {
    const t = new TestWorld();
    const first = t.decide({ type: 'putProvider', spec: CLOUD });
    expect(first.events.map(({ type }) => type)).toEqual(['provider.created']);
    expect(t.decide({ type: 'putProvider', spec: CLOUD }).changes).toEqual([]);
    const changed = t.decide({
      type: 'putProvider',
      spec: { ...CLOUD, options: { url: 'http://127.0.0.1:2' } },
    });
    expect(changed.reply).toMatchObject({ version: 2, options: { url: 'http://127.0.0.1:2' } });
    expect(changed.events.map(({ type }) => type)).toEqual(['provider.changed']);
  });

  test('its options are in no event: they may be secret', () => {
    const t = new TestWorld();
    const { events } = t.decide({ type: 'putProvider', spec: { ...CLOUD, options: { key: 'sesame' } } });
    expect(JSON.stringify(events)).not.toContain('sesame');
  });

  test('another driver is refused while pools use it, and fine before', () => {
    const t = new TestWorld();
    t.do({ type: 'putProvider', spec: CLOUD });
    t.do({ type: 'putProvider', spec: { ...CLOUD, driver: 'process' } });
    t.do({ type: 'putPool', name: 'web', merge: false, spec: { provider: 'cloud', size: { desired: 0 } } });
    const refused = refusalOf(() => t.do({ type: 'putProvider', spec: CLOUD }));
    expect(refused).toMatchObject({ code: 'invalid_input', at: '/driver' });
  });

  test('an old version is refused', () => {
    const t = new TestWorld();
    expect(refusalOf(() => t.do({ type: 'putProvider', spec: CLOUD, version: 1 })).code).toBe(
      'provider_not_found',
    );
    t.do({ type: 'putProvider', spec: CLOUD });
    expect(refusalOf(() => t.do({ type: 'putProvider', spec: CLOUD, version: 2 })).code).toBe(
      'version_mismatch',
    );
  });
});

describe('removing a provider (P16)', () => {
  test('at once where no pool uses it', () => {
    const t = new TestWorld();
    t.do({ type: 'putProvider', spec: CLOUD });
    t.do({ type: 'removeProvider', name: 'cloud' });
    expect(t.world.providers.has('cloud')).toBe(false);
  });

  test('not while a pool uses it that stays', () => {
    const t = new TestWorld();
    t.sizedPool('web', { desired: 1 });
    const refused = refusalOf(() => t.do({ type: 'removeProvider', name: 'maker' }));
    expect(refused).toMatchObject({ code: 'provider_in_use' });
    expect(refused.message).toContain('web');
  });

  test('with its last pool where those are going; nobody can name or change it meanwhile', () => {
    const t = new TestWorld();
    t.sizedPool('web', { desired: 1 });
    t.finishJobs();
    t.do({ type: 'removePool', name: 'web' });
    t.do({ type: 'removeProvider', name: 'maker' });
    t.do({ type: 'removeProvider', name: 'maker' });
    expect(t.world.providers.get('maker')?.status).toBe('removing');
    expect(refusalOf(() => t.sizedPool('other', { desired: 1 })).code).toBe('provider_being_removed');
    const again = { name: 'maker', driver: 'process', makes: true, options: { a: 1 } };
    expect(refusalOf(() => t.do({ type: 'putProvider', spec: again })).code).toBe('provider_being_removed');
    t.finishJobs();
    expect([t.world.pools.has('web'), t.world.providers.has('maker')]).toEqual([false, false]);
  });
});
