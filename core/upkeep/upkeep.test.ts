import { describe, expect, test } from 'vitest';
import { refusalOf } from '../testing/refusal-of.ts';
import { aConfigureUpkeep, anUpkeep, aThing, look, ROUNDS, upkeepOf } from '../testing/upkeep-builder.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { UPKEEPS_MAX } from './create-upkeep.ts';
import { poolOfUpkeep, secretOfUpkeep } from './names.ts';
import { poolSize } from './pool-size.ts';

describe('creating an upkeep (U1)', () => {
  test('makes one that is neither configured nor started, and has no pool yet', () => {
    const t = new TestWorld();
    const { reply, events } = t.decide({ type: 'createUpkeep', name: 'web' });
    expect(reply).toMatchObject({ status: 'stopped', pool: null, secret: null, isSizeKnown: false });
    expect(events).toMatchObject([{ type: 'upkeep.created', data: { name: 'web' } }]);
    expect([t.world.pools.size, t.world.deadlines.size]).toEqual([0, 0]);
  });

  test.each(['', '.', '..', 'a b', 'a/b', 'é', 'x'.repeat(256)])('not as %j', (name) => {
    const t = new TestWorld();
    expect(refusalOf(() => t.do({ type: 'createUpkeep', name }))).toMatchObject({
      code: 'invalid_input',
      at: '/name',
    });
  });

  test('not twice, and names tell capitals apart', () => {
    const t = new TestWorld();
    t.do({ type: 'createUpkeep', name: 'web' });
    expect(refusalOf(() => t.do({ type: 'createUpkeep', name: 'web' })).code).toBe('upkeep_exists');
    t.do({ type: 'createUpkeep', name: 'Web' });
    expect(t.world.upkeeps.size).toBe(2);
  });

  test.each([
    ['pool', (t: TestWorld) => t.sizedPool('web', { desired: 0 })],
    [
      'provider',
      (t: TestWorld) =>
        t.do({ type: 'putProvider', spec: { name: 'web', driver: 'process', makes: true, options: {} } }),
    ],
    [
      'secret',
      (t: TestWorld) => t.do({ type: 'putSecret', name: secretOfUpkeep('web'), sealed: 's', by: 'ann' }),
    ],
  ])('not where a %s of its names is somebody else’s', (what, make) => {
    const t = new TestWorld();
    make(t);
    const refused = refusalOf(() => t.do({ type: 'createUpkeep', name: 'web' }));
    expect(refused.code).toBe('upkeep_exists');
    expect(refused.message).toContain(what);
  });

  test('while there are fewer than the most', () => {
    const t = new TestWorld();
    for (let n = 0; n < UPKEEPS_MAX; n += 1) t.do({ type: 'createUpkeep', name: `u${n}` });
    expect(refusalOf(() => t.do({ type: 'createUpkeep', name: 'more' })).code).toBe('invalid_input');
  });
});

describe('configuring an upkeep (U2)', () => {
  test('makes its secret, its provider and its pool in one decision', () => {
    const t = new TestWorld();
    t.do({ type: 'createUpkeep', name: 'web' });
    const { events, reply } = t.decide(aConfigureUpkeep('web'));
    expect(events.map(({ type }) => type)).toEqual([
      'secret.changed',
      'provider.created',
      'pool.created',
      'upkeep.configured',
    ]);
    expect(reply).toMatchObject({ status: 'stopped', pool: 'web', secret: secretOfUpkeep('web') });
    expect(t.world.pools.get('web')?.pool).toMatchObject({ size: { desired: 0 }, rounds: ROUNDS });
    expect(JSON.stringify(events)).not.toContain('sealed-text');
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('names that are none of pools are named by a digest', () => {
    const t = new TestWorld();
    const name = `_${'x'.repeat(200)}`;
    t.do({ type: 'createUpkeep', name });
    t.do(aConfigureUpkeep(name));
    expect(upkeepOf(t, name).pool).toBe(poolOfUpkeep(name));
    expect(poolOfUpkeep(name)).toMatch(/^upkeep-[0-9a-f]{16}$/);
  });

  test('again keeps what is started started, its size, and looks at once', () => {
    const t = new TestWorld();
    anUpkeep(t);
    t.do({ type: 'setSize', pool: 'web', desired: 3 });
    const before = upkeepOf(t);
    t.now += 1_000;
    const rounds = { ...ROUNDS, updateMs: 5_000 };
    t.do(aConfigureUpkeep('web', { template: { image: 'two' }, rounds, victims: 'oldest' }));
    expect(upkeepOf(t)).toMatchObject({ status: 'started', isSizeKnown: true });
    expect(upkeepOf(t).look?.number).toBe(before.lookNumber + 1);
    expect(upkeepOf(t).round?.look).toBe(before.lookNumber + 1);
    expect(t.world.pools.get('web')?.pool).toMatchObject({
      size: { desired: 3 },
      victims: 'oldest',
      rounds,
      template: { image: 'two' },
    });
  });

  test('for the machines of another pool forgets the size: the next list says it', () => {
    const t = new TestWorld();
    anUpkeep(t);
    t.do({ type: 'setSize', pool: 'web', desired: 3 });
    const provider = { name: 'web', driver: 'process', makes: true, options: { cloudPool: 'other' } };
    t.do(aConfigureUpkeep('web', { provider }));
    expect(upkeepOf(t)).toMatchObject({ isSizeKnown: false, fetchedAt: null });
  });

  test('for the machines of another pool ends what was asked for and not made: it would be made there', () => {
    const t = new TestWorld();
    anUpkeep(t);
    look(t, []);
    t.do({ type: 'setSize', pool: 'web', desired: 3 });
    t.now += 1;
    look(t, []);
    expect([...t.world.jobs.values()].map(({ kind }) => kind)).toEqual(['create', 'create', 'create']);
    const provider = { name: 'web', driver: 'process', makes: true, options: { cloudPool: 'api' } };
    t.do(aConfigureUpkeep('web', { provider }));
    t.now += 1;
    look(t, [aThing('vm-1')]);
    t.finishJobs();
    expect(poolSize(t.world, 'web')).toEqual({ desired: 1, allocated: 1, active: 1 });
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('changes nothing where one of the three is refused', () => {
    const t = new TestWorld();
    anUpkeep(t);
    const before = t.world.meta.eventSeq;
    const provider = { name: 'web', driver: 'ec2', makes: true, options: {} };
    expect(refusalOf(() => t.do(aConfigureUpkeep('web', { provider, sealed: 'new' }))).at).toBe('/driver');
    expect(t.world.secrets.get(secretOfUpkeep('web'))?.sealed).toBe('sealed-text');
    expect([t.world.meta.eventSeq, upkeepOf(t).status]).toEqual([before, 'started']);
  });

  test('is refused for one that is not there', () => {
    expect(refusalOf(() => new TestWorld().do(aConfigureUpkeep('web'))).code).toBe('upkeep_not_found');
  });
});

describe('starting and stopping an upkeep (U3)', () => {
  test('starts with a look at once, and the first update one interval later', () => {
    const t = new TestWorld();
    t.do({ type: 'createUpkeep', name: 'web' });
    t.do(aConfigureUpkeep('web'));
    const { events } = t.decide({ type: 'startUpkeep', name: 'web' });
    expect(events.map(({ type }) => type)).toEqual(['upkeep.started']);
    expect(upkeepOf(t)).toMatchObject({
      status: 'started',
      look: { number: 1, failures: 0, notBefore: t.now },
      nextLookAt: null,
      nextRoundAt: t.now + ROUNDS.updateMs,
    });
    expect(t.decide({ type: 'startUpkeep', name: 'web' }).changes).toEqual([]);
  });

  test('is refused before there is a configuration', () => {
    const t = new TestWorld();
    t.do({ type: 'createUpkeep', name: 'web' });
    expect(refusalOf(() => t.do({ type: 'startUpkeep', name: 'web' })).code).toBe('upkeep_not_configured');
    expect(t.decide({ type: 'stopUpkeep', name: 'web' }).changes).toEqual([]);
  });

  test('stopping drops the look and the round, and keeps the size', () => {
    const t = new TestWorld();
    anUpkeep(t);
    t.do({ type: 'setSize', pool: 'web', desired: 3 });
    t.do({ type: 'stopUpkeep', name: 'web' });
    expect(upkeepOf(t)).toMatchObject({
      status: 'stopped',
      isSizeKnown: true,
      look: null,
      round: null,
      nextLookAt: null,
      nextRoundAt: null,
    });
    t.do({ type: 'startUpkeep', name: 'web' });
    expect([upkeepOf(t).isSizeKnown, poolSize(t.world, 'web').desired]).toEqual([true, 3]);
  });
});

describe('setting the size (U4)', () => {
  test('begins an update at once, also for the size that it has', () => {
    const t = new TestWorld();
    anUpkeep(t);
    expect(t.do({ type: 'setSize', pool: 'web', desired: 2 })).toEqual({ desired: 2, round: 1 });
    expect(upkeepOf(t)).toMatchObject({ isSizeKnown: true, round: { number: 1, phase: 'looking' } });
    expect(t.do({ type: 'setSize', pool: 'web', desired: 2 })).toEqual({ desired: 2, round: 1 });
    expect(poolSize(t.world, 'web')).toEqual({ desired: 2, allocated: 0, active: 0 });
  });

  test('by the native way begins one too, and is kept for later while the upkeep is stopped', () => {
    const t = new TestWorld();
    anUpkeep(t);
    t.do({ type: 'putPool', name: 'web', merge: true, spec: { size: { desired: 4 } } });
    expect(upkeepOf(t).round?.number).toBe(1);
    t.do({ type: 'stopUpkeep', name: 'web' });
    t.do({ type: 'putPool', name: 'web', merge: true, spec: { size: { desired: 5 } } });
    expect([upkeepOf(t).round, upkeepOf(t).isSizeKnown]).toEqual([null, true]);
  });

  test('of a pool that belongs to no instance is followed at once', () => {
    const t = new TestWorld();
    t.sizedPool('made', { desired: 0 });
    expect(t.do({ type: 'setSize', pool: 'made', desired: 2 })).toEqual({ desired: 2, round: null });
    expect(poolSize(t.world, 'made')).toEqual({ desired: 2, allocated: 2, active: 2 });
  });

  test.each([-1, 1.5, Number.NaN, 1_000_001])('refuses %d', (desired) => {
    const t = new TestWorld();
    anUpkeep(t);
    expect(refusalOf(() => t.do({ type: 'setSize', pool: 'web', desired }))).toMatchObject({
      code: 'invalid_input',
      at: '/desired',
    });
  });

  test('is refused while the upkeep is stopped, and for pools that have no size to set', () => {
    const t = new TestWorld();
    anUpkeep(t);
    t.do({ type: 'stopUpkeep', name: 'web' });
    t.staticPool('boards', []);
    t.sizedPool('between', { min: 0, max: 2, buffer: 1 });
    const refusedFor = (pool: string) => refusalOf(() => t.do({ type: 'setSize', pool, desired: 1 }));
    expect(['web', 'boards', 'between', 'none'].map((pool) => refusedFor(pool).code)).toEqual([
      'upkeep_stopped',
      'invalid_input',
      'invalid_input',
      'pool_not_found',
    ]);
  });
});

describe('what belongs to an upkeep (U5)', () => {
  function anOwner(): TestWorld {
    const t = new TestWorld();
    anUpkeep(t);
    return t;
  }

  test.each([
    ['its pool removed', 'pool_of_upkeep', { type: 'removePool', name: 'web' }],
    ['its provider removed', 'provider_in_use', { type: 'removeProvider', name: 'web' }],
    [
      'its provider changed',
      'provider_in_use',
      { type: 'putProvider', spec: { name: 'web', driver: 'process', makes: true, options: {} } },
    ],
    ['its secret removed', 'secret_in_use', { type: 'removeSecret', name: secretOfUpkeep('web'), by: 'ann' }],
    [
      'its secret changed',
      'secret_in_use',
      { type: 'putSecret', name: secretOfUpkeep('web'), sealed: 's', by: 'ann' },
    ],
  ] as const)('is not by others: %s', (_what, code, command) => {
    const refused = refusalOf(() => anOwner().do(command));
    expect(refused.code).toBe(code);
    expect(refused.message).toContain('cloud pool instance "web"');
  });

  test.each([
    ['provider', { provider: 'maker' }],
    ['template', { template: { image: 'x' } }],
    ['rounds', { rounds: { ...ROUNDS, updateMs: 1 } }],
    ['victims', { victims: 'oldest' as const }],
  ])('its %s is not said natively', (member, spec) => {
    const refused = refusalOf(() => anOwner().do({ type: 'putPool', name: 'web', merge: true, spec }));
    expect(refused).toMatchObject({ code: 'pool_of_upkeep', at: `/${member}` });
  });

  test('everything else of its pool is, and a whole specification keeps what is not', () => {
    const t = anOwner();
    const before = t.world.pools.get('web')?.pool;
    const spec = { provider: 'web', size: { desired: 2 }, labels: { team: 'a' }, quota: { perHolder: 1 } };
    const pool = t.do({ type: 'putPool', name: 'web', merge: false, spec });
    expect(pool).toMatchObject({ ...spec, rounds: before?.rounds, template: before?.template });
    const bounds = { min: 0, max: 2, buffer: 1 };
    expect(
      refusalOf(() => t.do({ type: 'putPool', name: 'web', merge: true, spec: { size: bounds } })).at,
    ).toBe('/size');
  });

  test('no other pool has its provider, or is kept in rounds', () => {
    const t = anOwner();
    const put = (spec: object) =>
      refusalOf(() =>
        t.do({ type: 'putPool', name: 'x', merge: false, spec: { size: { desired: 0 }, ...spec } }),
      );
    expect(put({ provider: 'web' })).toMatchObject({ code: 'pool_of_upkeep', at: '/provider' });
    expect(put({ provider: 'maker', rounds: ROUNDS })).toMatchObject({
      code: 'invalid_input',
      at: '/rounds',
    });
  });
});
