import { describe, expect, test } from 'vitest';
import type { Observation } from '../model/resource.ts';
import type { PoolSpec } from '../model/pool.ts';
import { observationOf, TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { ledgerEntryOf, ledgerEntryOfLeak } from './ledger-entry.ts';

/** A pool of one member that is up. */
function aWorld(spec: Partial<PoolSpec> = {}): { t: TestWorld; id: string } {
  const t = new TestWorld();
  t.sizedPool('web', { desired: 1 }, spec);
  t.finishJobs();
  t.now += 1_000;
  return { t, id: t.world.resourceIds.first() as string };
}

/** A look that begins and is taken now. */
function look(t: TestWorld, ...seen: Partial<Observation>[]) {
  t.now += 1_000;
  const [id] = t.world.resourceIds;
  const own = id === undefined || t.resource(id).status !== 'free' ? [] : [observationOf(id)];
  const strays = seen.map((stray) => ({ ...observationOf(stray.resource as string), ...stray }));
  return t.decide({
    type: 'observe',
    provider: 'maker',
    startedAt: t.now,
    observations: [...own, ...strays],
  });
}

const lost = { resource: 'res_lost', externalId: 'vm-7', pool: 'web' };

describe('what bears our tag and belongs to nobody (J16)', () => {
  test('is a leak when it is seen by a second look', () => {
    const { t } = aWorld({ cost: { center: 'build' } });
    expect(look(t, lost)).toMatchObject({ events: [], reply: { leaked: [] } });
    const { events, reply } = look(t, lost);
    expect(reply.leaked).toEqual(['vm-7']);
    expect(events).toMatchObject([{ type: 'ledger.leaked', pool: 'web', resource: 'res_lost' }]);
    const [leak] = t.world.leaks.values();
    expect(ledgerEntryOfLeak(t.world, leak as never)).toMatchObject({
      state: 'leaked',
      provider: 'maker',
      pool: 'web',
      resource: 'res_lost',
      externalId: 'vm-7',
      cost: { center: 'build' },
    });
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('is none when it was seen by a look that began before its end, and not again', () => {
    const { t, id } = aWorld();
    t.do({ type: 'actOnResource', resource: id, action: 'retire', reason: 'test' });
    const startedAt = t.now;
    t.now += 500;
    t.do({ type: 'finishJob', job: t.world.jobOfResource.get(id) as string, outcome: { result: 'gone' } });
    t.do({ type: 'observe', provider: 'maker', startedAt, observations: [observationOf(id)] });
    expect([...t.world.leaks.values()]).toMatchObject([{ status: 'suspected', resource: id }]);
    expect(ledgerEntryOfLeak(t.world, [...t.world.leaks.values()][0] as never)).toBeUndefined();
    const { events } = look(t);
    expect(t.world.leaks.size).toBe(0);
    expect(events).toEqual([]);
  });

  test('is none yet when the second look began before the first was taken', () => {
    const { t } = aWorld();
    look(t, lost);
    const observations = [{ ...observationOf('res_lost'), ...lost }];
    t.do({ type: 'observe', provider: 'maker', startedAt: t.now - 500, observations });
    expect([...t.world.leaks.values()]).toMatchObject([{ status: 'suspected' }]);
  });

  test('costs nothing while it stays, but a word now and then', () => {
    const { t } = aWorld();
    look(t, lost);
    look(t, lost);
    expect(look(t, lost).changes).toEqual([]);
    t.now += 60_000;
    expect(look(t, lost).changes).toHaveLength(1);
  });

  test('is gone when its provider lists it no more', () => {
    const { t } = aWorld();
    look(t, lost);
    look(t, lost);
    const { events } = look(t);
    expect(events).toMatchObject([
      { type: 'ledger.gone', pool: 'web', data: { externalId: 'vm-7', reason: 'gone' } },
    ]);
    expect(t.world.leaks.size).toBe(0);
  });

  test('goes with its provider, which nobody looks at any more', () => {
    const { t } = aWorld();
    look(t, lost);
    look(t, lost);
    t.do({ type: 'putPool', name: 'web', merge: true, spec: { size: { desired: 0 } } });
    t.finishJobs();
    t.do({ type: 'removePool', name: 'web' });
    const { events } = t.decide({ type: 'removeProvider', name: 'maker' });
    expect(events).toMatchObject([
      { type: 'ledger.gone', data: { reason: 'provider_removed' } },
      { type: 'provider.removed' },
    ]);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('is the second of two things of one resource, and the first is kept', () => {
    const { t, id } = aWorld();
    const twin = { resource: id, externalId: 'vm-twin' };
    look(t, twin);
    look(t, twin);
    expect(t.resource(id)).toMatchObject({ externalId: `ext-${id}`, status: 'free' });
    expect([...t.world.leaks.values()]).toMatchObject([{ status: 'leaked', externalId: 'vm-twin' }]);
  });
});

describe('leaks are destroyed only where the pool on their tag says so (J17)', () => {
  test('then it is taken in as a resource on its way out, until it is proven gone', () => {
    const { t } = aWorld({ leaks: 'destroy' });
    look(t, lost);
    const { events } = look(t, lost);
    expect(events.map(({ type }) => type)).toEqual(['ledger.leaked', 'resource.exiting']);
    expect(t.world.leaks.size).toBe(0);
    expect(t.resource('res_lost')).toMatchObject({ status: 'exiting', pool: 'web', externalId: 'vm-7' });
    expect(ledgerEntryOf(t.world, t.resource('res_lost'))).toMatchObject({ state: 'leaving' });
    expect(checkWorld(t.world)).toEqual([]);
    t.finishJobs();
    expect(t.world.resources.has('res_lost')).toBe(false);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('also one that was known before the pool said so', () => {
    const { t } = aWorld();
    look(t, lost);
    look(t, lost);
    t.do({ type: 'putPool', name: 'web', merge: true, spec: { leaks: 'destroy' } });
    look(t, lost);
    expect(t.resource('res_lost').status).toBe('exiting');
  });

  test.each([
    ['whose pool is not known', { ...lost, pool: undefined }],
    ['whose pool is another', { ...lost, pool: 'none' }],
    ['whose tag we never gave', { ...lost, resource: '../x' }],
  ])('not one %s', (_what, { pool, ...stray }) => {
    const { t } = aWorld({ leaks: 'destroy' });
    const seen = pool === undefined ? stray : { ...stray, pool };
    look(t, seen);
    look(t, seen);
    expect([...t.world.leaks.values()]).toMatchObject([{ status: 'leaked' }]);
    expect(t.world.jobs.size).toBe(0);
  });

  test('never the second thing of a resource that lives', () => {
    const { t, id } = aWorld({ leaks: 'destroy' });
    const twin = { resource: id, externalId: 'vm-twin', pool: 'web' };
    look(t, twin);
    look(t, twin);
    expect(t.resource(id).status).toBe('free');
    expect(t.world.jobs.size).toBe(0);
  });
});

describe('the ledger lists a resource from intent to its end (J18)', () => {
  test('intended, made, leaving, and its end in the event', () => {
    const t = new TestWorld();
    t.sizedPool('web', { desired: 1 }, { cost: { center: 'build', perHour: 0.12 } });
    const [id] = t.world.resourceIds;
    const entry = () => ledgerEntryOf(t.world, t.resource(id as string));
    expect(entry()).toMatchObject({ state: 'intended', requestedAt: t.now, madeAt: null, externalId: null });
    const requestedAt = t.now;
    t.now += 5_000;
    t.finishJobs();
    const madeAt = t.now;
    expect(entry()).toMatchObject({ state: 'made', requestedAt, madeAt, externalId: `ext-${id}` });
    t.now += 5_000;
    t.do({ type: 'actOnResource', resource: id as string, action: 'retire', reason: 'test' });
    expect(entry()).toMatchObject({ state: 'leaving', since: t.now, madeAt });
    const job = t.world.jobOfResource.get(id as string) as string;
    const { events } = t.decide({ type: 'finishJob', job, outcome: { result: 'gone' } });
    expect(events[0]).toMatchObject({
      type: 'resource.gone',
      data: { externalId: `ext-${id}`, provider: 'maker', requestedAt, madeAt, cost: { center: 'build' } },
    });
  });

  test('what nobody made is not in it', () => {
    const t = new TestWorld();
    const [board] = t.staticPool('boards', [{}]);
    expect(ledgerEntryOf(t.world, t.resource(board?.id as string))).toBeUndefined();
  });
});
