import { describe, expect, test } from 'vitest';
import type { ConfiguredPool } from './configuration.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { anUpkeep } from '../testing/upkeep-builder.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';

const BOARDS: ConfiguredPool = {
  spec: { name: 'boards', provider: 'hand' },
  resources: [
    { name: 'b1', labels: { arch: 'arm' }, params: { ram: 8 }, addresses: ['10.0.0.7'] },
    { name: 'b2' },
  ],
};
const WEB: ConfiguredPool = {
  spec: { name: 'web', provider: 'maker', size: { desired: 1 }, template: {} },
  resources: [],
};

function configure(t: TestWorld, ...pools: ConfiguredPool[]) {
  return t.decide({ type: 'configure', providers: [], pools, isPruning: false, agreed: null });
}

function named(t: TestWorld, name: string) {
  return [...t.world.resources.values()].find((resource) => resource.name === name);
}

test('a configuration makes pools, and the resources that it names (P11)', () => {
  const t = new TestWorld();
  configure(t, BOARDS, WEB);
  expect(named(t, 'b1')).toMatchObject({ status: 'free', labels: { arch: 'arm' }, addresses: ['10.0.0.7'] });
  expect(t.world.pools.get('web')?.counts.requested).toBe(1);
});

test('the same configuration again changes nothing (P11)', () => {
  const t = new TestWorld();
  configure(t, BOARDS, WEB);
  const again = configure(t, BOARDS, WEB);
  expect([again.changes, again.events]).toEqual([[], []]);
});

describe('another configuration', () => {
  test('changes what it names: what a resource is given no longer, it loses', () => {
    const t = new TestWorld();
    configure(t, BOARDS);
    const { events } = configure(t, {
      spec: { name: 'boards', provider: 'hand', labels: { site: 'a' } },
      resources: [{ name: 'b1', labels: { arch: 'x86' } }, { name: 'b2' }, { name: 'b3' }],
    });
    expect(named(t, 'b1')).toMatchObject({ labels: { arch: 'x86' }, params: {}, addresses: [] });
    expect(events.map((event) => event.type)).toEqual([
      'pool.changed',
      'resource.changed',
      'resource.entered',
    ]);
  });

  test('leaves what it does not name', () => {
    const t = new TestWorld();
    configure(t, BOARDS, WEB);
    configure(t, { spec: BOARDS.spec, resources: [] });
    expect([...t.world.pools.keys()]).toEqual(['boards', 'web']);
    expect(named(t, 'b1')).toBeDefined();
  });

  test('takes no leased resource from its holder', () => {
    const t = new TestWorld();
    configure(t, BOARDS);
    const lease = t.request('ann', [{ pool: 'boards', count: 2 }]);
    configure(t, { spec: BOARDS.spec, resources: [{ name: 'b1', labels: { arch: 'x86' } }] });
    expect(t.held(lease)).toEqual(['b1', 'b2']);
  });
});

describe('a configuration that prunes gives up what it does not name (P11)', () => {
  const PROVIDERS = [
    { name: 'hand', driver: 'static', makes: false, options: {} },
    { name: 'maker', driver: 'process', makes: true, options: {} },
  ];
  function prune(t: TestWorld, ...pools: ConfiguredPool[]) {
    const used = PROVIDERS.filter(({ name }) => pools.some(({ spec }) => spec.provider === name));
    return t.do({ type: 'configure', providers: used, pools, isPruning: true, agreed: null });
  }

  test('pools with all that nobody holds, and their waiting leases', () => {
    const t = new TestWorld();
    configure(t, BOARDS, WEB);
    t.request('ann', [{ pool: 'boards', count: 2 }]);
    const waiting = t.request('bob', 'boards');
    t.finishJobs();
    prune(t, WEB);
    expect(t.world.pools.get('boards')?.pool.status).toBe('removing');
    expect(t.world.leases.has(waiting.id)).toBe(false);
    expect(t.world.providers.get('hand')?.status).toBe('removing');
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('a provider goes with the last of its pools, and not before', () => {
    const t = new TestWorld();
    configure(t, BOARDS, WEB);
    const lease = t.request('ann', 'boards');
    prune(t, WEB);
    t.finishJobs();
    expect(t.world.providers.has('hand')).toBe(true);
    t.end(lease);
    t.finishJobs();
    expect([t.world.pools.has('boards'), t.world.providers.has('hand')]).toEqual([false, false]);
  });

  test('members that were registered by hand; a leased one when it comes back', () => {
    const t = new TestWorld();
    configure(t, BOARDS);
    const lease = t.request('ann', [{ pool: 'boards', count: 1, match: { arch: 'arm' } }]);
    prune(t, { ...BOARDS, resources: [{ name: 'b3' }] });
    t.finishJobs();
    expect([named(t, 'b1')?.status, named(t, 'b2'), named(t, 'b3')?.status]).toEqual([
      'leased',
      undefined,
      'free',
    ]);
    t.end(lease);
    t.finishJobs();
    expect(named(t, 'b1')).toBeUndefined();
  });

  test('members that a provider makes are the size alone', () => {
    const t = new TestWorld();
    configure(t, WEB);
    t.finishJobs();
    expect(prune(t, WEB).entries.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['provider hand']);
    expect(t.world.resources.size).toBe(1);
  });

  test('and is refused as a whole where a pool that stays needs a provider that it does not name', () => {
    const t = new TestWorld();
    configure(t, BOARDS, WEB);
    const before = t.world.meta.eventSeq;
    const refused = refusalOf(() =>
      t.do({ type: 'configure', providers: [], pools: [WEB], isPruning: true, agreed: null }),
    );
    expect(refused.code).toBe('provider_in_use');
    expect([t.world.pools.size, t.world.meta.eventSeq]).toEqual([2, before]);
  });
});

test('a configuration that prunes leaves what belongs to cloud pool instances (U5)', () => {
  const t = new TestWorld();
  anUpkeep(t, 'cloud');
  const plan = t.do({ type: 'configure', providers: [], pools: [], isPruning: true, agreed: null });
  expect(plan.entries.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'provider hand',
    'provider maker',
  ]);
  expect([t.world.pools.has('cloud'), t.world.providers.has('cloud')]).toEqual([true, true]);
  const said = { spec: { name: 'cloud', provider: 'cloud', size: { desired: 2 } }, resources: [] };
  const sized = t.do({ type: 'configure', providers: [], pools: [said], isPruning: false, agreed: null });
  expect(sized.entries.flatMap(({ changes }) => changes.map(({ member }) => member))).toEqual([
    'size.desired',
  ]);
  expect(checkWorld(t.world)).toEqual([]);
});

describe('a wrong configuration changes nothing, and is refused at the member that is wrong (P11)', () => {
  test.each<[string, ConfiguredPool, string, string]>([
    [
      'the pool',
      { spec: { name: 'x', provider: 'moon' }, resources: [] },
      'provider_not_found',
      '/pools/2/provider',
    ],
    [
      'its size',
      { spec: { name: 'x', provider: 'maker', size: { desired: -1 } }, resources: [] },
      'invalid_input',
      '/pools/2/size/desired',
    ],
    [
      'a resource in a pool that makes its own',
      { spec: { name: 'x', provider: 'maker', size: { desired: 0 } }, resources: [{ name: 'a' }] },
      'pool_is_sized',
      '/pools/2/resources/0/pool',
    ],
  ])('%s', (_what, pool, code, at) => {
    const t = new TestWorld();
    expect(refusalOf(() => configure(t, BOARDS, WEB, pool))).toMatchObject({ code, at });
    expect([t.world.pools.size, t.world.resources.size, t.world.meta.eventSeq]).toEqual([0, 0, 0]);
  });

  test('a pool that is being removed', () => {
    const t = new TestWorld();
    configure(t, BOARDS);
    t.request('ann', 'boards');
    t.do({ type: 'removePool', name: 'boards' });
    expect(refusalOf(() => configure(t, WEB, BOARDS))).toMatchObject({
      code: 'pool_being_removed',
      at: '/pools/1',
    });
    expect(t.world.pools.has('web')).toBe(false);
  });
});

test('members that are relabelled together are set aside again for a lease that can use them all (L4)', () => {
  const t = new TestWorld();
  t.staticPool('boards', [{ arch: 'arm' }, { arch: 'x86' }]);
  const each = (arch: string) => ({ pool: 'boards', count: 2, match: { arch } });
  const lease = t.request('ann', [each('arm'), each('x86')]);

  t.do({
    type: 'configure',
    providers: [],
    isPruning: false,
    agreed: null,
    pools: [
      {
        spec: { name: 'boards', provider: 'hand' },
        resources: [
          { name: 'boards-1', labels: { arch: 'x86' } },
          { name: 'boards-2', labels: { arch: 'arm' } },
        ],
      },
    ],
  });
  expect(t.lease(lease.id)).toMatchObject({
    status: 'queued',
    setAside: [
      { resource: named(t, 'boards-2')?.id, item: 0 },
      { resource: named(t, 'boards-1')?.id, item: 1 },
    ],
  });
  expect(checkWorld(t.world)).toEqual([]);
});
