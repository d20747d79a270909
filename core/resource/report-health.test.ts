import { describe, expect, test } from 'vitest';
import type { ProbeSpec, UnhealthyAction } from '../model/health.ts';
import type { PoolSpec } from '../model/pool.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { observationOf, TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { livenessOf } from './health.ts';

function aProbe(action: UnhealthyAction, name = 'http'): ProbeSpec {
  const times = { everyMs: 10_000, timeoutMs: 3_000, failures: 3, successes: 1 };
  return { name, uses: 'http', with: { url: 'http://${resource.address}/' }, ...times, action };
}

/** A pool of one member that is up and free. */
function aMember(then: UnhealthyAction, spec: Partial<PoolSpec> = {}): { t: TestWorld; id: string } {
  const t = new TestWorld();
  t.sizedPool('web', { desired: 1 }, { health: [aProbe(then)], ...spec });
  t.finishJobs();
  t.now += 1_000;
  return { t, id: t.world.resourceIds.first() as string };
}

function report(t: TestWorld, resource: string, isHealthy: boolean, probe = 'http') {
  const detail = isHealthy ? null : 'answered 500';
  return t.decide({ type: 'reportHealth', resource, probe, isHealthy, detail });
}

function act(t: TestWorld, resource: string, action: 'retry' | 'skip' | 'retire' | 'quarantine'): void {
  t.do({ type: 'actOnResource', resource, action, reason: 'test' });
}

describe('what follows when a probe of a free member fails (R21)', () => {
  test('replace: it is given up, and its pool makes another', () => {
    const { t, id } = aMember('replace');
    const { events } = report(t, id, false);
    expect(events.map(({ type }) => type)).toEqual([
      'resource.probed',
      'resource.exiting',
      'resource.requested',
    ]);
    expect(events[1]?.data).toEqual({ reason: 'probe "http" fails: answered 500' });
    expect(t.resource(id).status).toBe('exiting');
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('quarantine: it is set aside as unsafe', () => {
    const { t, id } = aMember('quarantine');
    report(t, id, false);
    expect(t.resource(id).status).toBe('quarantined');
  });

  test('hold: it is lent to nobody, and by itself again when the probe passes (R20)', () => {
    const { t, id } = aMember('hold');
    report(t, id, false);
    expect(t.resource(id)).toMatchObject({
      status: 'free',
      hold: { reason: 'probe "http" fails: answered 500', since: t.now, step: null, run: null },
    });
    const lease = t.request('ann', 'web');
    expect(t.held(lease)).toEqual([]);
    expect(checkWorld(t.world)).toEqual([]);
    const { events } = report(t, id, true);
    expect(events.map(({ type }) => type)).toEqual(['resource.probed', 'resource.resumed', 'lease.granted']);
    expect(t.held(lease)).toHaveLength(1);
    expect(t.resource(id).hold).toBeNull();
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('the gravest of those that fail decides', () => {
    const { t, id } = aMember('hold', { health: [aProbe('hold'), aProbe('quarantine', 'disk')] });
    report(t, id, false);
    report(t, id, false, 'disk');
    expect(t.resource(id)).toMatchObject({ status: 'quarantined', hold: null });
  });

  test('hold: only when the last of them passes it is lent again', () => {
    const { t, id } = aMember('hold', { health: [aProbe('hold'), aProbe('hold', 'disk')] });
    report(t, id, false);
    report(t, id, false, 'disk');
    report(t, id, true);
    expect(t.resource(id).hold?.reason).toContain('"disk"');
    report(t, id, true, 'disk');
    expect(t.resource(id).hold).toBeNull();
  });

  test('hold: what was set aside for somebody is taken from it, and it gathers again', () => {
    const t = new TestWorld();
    const [first, second] = t.staticPool('boards', [{}, {}], { health: [aProbe('hold')] });
    const lease = t.request('ann', [{ pool: 'boards', count: 3 }]);
    report(t, first?.id as string, false);
    expect(t.lease(lease.id)).toMatchObject({ setAside: [{ resource: second?.id }] });
    expect(checkWorld(t.world)).toEqual([]);
  });
});

describe('what follows when a probe of a leased member fails (R21)', () => {
  test.each([
    ['replace', 'retire', 'exiting'],
    ['quarantine', 'quarantine', 'quarantined'],
  ] as const)('%s: its holder keeps it, and at its return it goes', (then, fate, becomes) => {
    const { t, id } = aMember(then);
    const lease = t.request('ann', 'web');
    report(t, id, false);
    expect(t.resource(id)).toMatchObject({ status: 'leased', fate });
    report(t, id, true);
    t.end(lease);
    expect(t.resource(id).status).toBe(becomes);
  });

  test('hold: at its return it is kept back until the probe passes', () => {
    const { t, id } = aMember('hold');
    const lease = t.request('ann', 'web');
    report(t, id, false);
    expect(t.resource(id)).toMatchObject({ status: 'leased', hold: null, fate: 'recycle' });
    t.end(lease);
    expect(t.resource(id).status).toBe('free');
    expect(t.resource(id).hold?.reason).toContain('"http"');
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('hold: one that recovers in time comes back as any other', () => {
    const { t, id } = aMember('hold');
    const lease = t.request('ann', 'web');
    report(t, id, false);
    report(t, id, true);
    t.end(lease);
    expect(t.resource(id)).toMatchObject({ status: 'free', hold: null });
  });
});

describe('a person and a probe', () => {
  test('retry lends it again, and asks the probe anew', () => {
    const { t, id } = aMember('hold');
    report(t, id, false);
    act(t, id, 'retry');
    expect(t.resource(id)).toMatchObject({ status: 'free', hold: null });
    expect(t.resource(id).probes).toBeUndefined();
    report(t, id, false);
    expect(t.resource(id).hold).not.toBeNull();
  });

  test('there is nothing to skip', () => {
    const { t, id } = aMember('hold');
    report(t, id, false);
    expect(refusalOf(() => act(t, id, 'skip')).code).toBe('resource_transition_refused');
  });

  test.each(['retire', 'quarantine'] as const)('%s ends the hold', (action) => {
    const { t, id } = aMember('hold');
    report(t, id, false);
    act(t, id, action);
    expect(t.resource(id).hold).toBeNull();
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('what a probe had set aside and a person took back is asked anew, not set aside again at once', () => {
    const { t, id } = aMember('quarantine');
    report(t, id, false);
    act(t, id, 'retry');
    expect(t.resource(id)).toMatchObject({ status: 'free', hold: null });
    expect(t.resource(id).probes).toBeUndefined();
  });
});

describe('liveness tells the provider and the probes apart (R22)', () => {
  test('a failing probe makes it UNHEALTHY, whatever the provider says next', () => {
    const { t, id } = aMember('hold');
    report(t, id, false);
    const seen = { ...observationOf(id), addresses: ['10.0.0.9'] };
    t.do({ type: 'observe', provider: 'maker', startedAt: t.now, observations: [seen] });
    expect(t.resource(id)).toMatchObject({ liveness: 'LIVE', unhealthySince: null, addresses: ['10.0.0.9'] });
    expect(livenessOf(t.resource(id))).toBe('UNHEALTHY');
  });

  test('probes that pass say LIVE where the provider cannot tell, and no more than that', () => {
    const t = new TestWorld();
    const [board] = t.staticPool('boards', [{}], { health: [aProbe('hold')] });
    const id = board?.id as string;
    expect(livenessOf(t.resource(id))).toBe('UNKNOWN');
    report(t, id, true);
    expect(livenessOf(t.resource(id))).toBe('LIVE');
    expect(livenessOf({ ...t.resource(id), liveness: 'UNHEALTHY' })).toBe('UNHEALTHY');
  });

  test('members that are not well are counted', () => {
    const { t, id } = aMember('hold');
    report(t, id, false);
    expect(t.world.pools.get('web')?.unhealthyCount).toBe(1);
    report(t, id, true);
    expect(t.world.pools.get('web')?.unhealthyCount).toBe(0);
  });
});

describe('only a change of a verdict is news', () => {
  test('the same word again changes nothing', () => {
    const { t, id } = aMember('hold');
    report(t, id, false);
    expect(report(t, id, false)).toMatchObject({ changes: [], events: [], reply: { isAccepted: true } });
  });

  test('a word about what is neither free nor leased, or not there, does not count', () => {
    const { t, id } = aMember('hold');
    act(t, id, 'quarantine');
    expect(report(t, id, false)).toMatchObject({ changes: [], reply: { isAccepted: false } });
    expect(report(t, 'res_none', false)).toMatchObject({ changes: [], reply: { isAccepted: false } });
  });

  test('the word of a probe that the pool has no more is forgotten, and so is what it held', () => {
    const { t, id } = aMember('hold');
    report(t, id, false);
    t.do({ type: 'putPool', name: 'web', merge: true, spec: { health: [] } });
    expect(t.resource(id).hold).toBeNull();
    expect(checkWorld(t.world)).toEqual([]);
    expect(t.resource(id).probes).toBeUndefined();
    expect(report(t, id, false)).toMatchObject({ changes: [], reply: { isAccepted: false } });
  });

  test('a probe that is to replace from now on replaces what it held', () => {
    const { t, id } = aMember('hold');
    report(t, id, false);
    t.do({ type: 'putPool', name: 'web', merge: true, spec: { health: [aProbe('replace')] } });
    expect(t.resource(id).status).toBe('exiting');
    expect(checkWorld(t.world)).toEqual([]);
  });
});

test('a pool that is removed gives up what a probe holds', () => {
  const { t, id } = aMember('hold');
  report(t, id, false);
  t.do({ type: 'removePool', name: 'web' });
  expect(t.resource(id).status).toBe('exiting');
});

test('what a probe holds is not moved to another pool', () => {
  const t = new TestWorld();
  const [board] = t.staticPool('boards', [{}], { health: [aProbe('hold')] });
  t.staticPool('annex', []);
  report(t, board?.id as string, false);
  const move = () => t.do({ type: 'moveResource', resource: board?.id as string, pool: 'annex' });
  expect(refusalOf(move).code).toBe('resource_transition_refused');
});

test('two probes of one name are refused', () => {
  const t = new TestWorld();
  const health = [aProbe('hold'), aProbe('replace')];
  const put = () => t.do({ type: 'putPool', name: 'web', merge: false, spec: { provider: 'hand', health } });
  expect(refusalOf(put)).toMatchObject({ code: 'invalid_input', at: '/health/1/name' });
});
