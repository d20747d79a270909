import { describe, expect, test } from 'vitest';
import type { ConfiguredPool } from '../configuration/configuration.ts';
import type { Pool } from '../model/pool.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { ancestorsOf, childrenOf } from './pool-tree.ts';

function put(t: TestWorld, name: string, parent: string | null = null): Pool {
  return t.do({ type: 'putPool', name, merge: false, spec: { provider: 'hand', parent } });
}

/** lab ← boards ← arm, and web beside them. */
function aTree(): TestWorld {
  const t = new TestWorld();
  put(t, 'lab');
  put(t, 'boards', 'lab');
  put(t, 'arm', 'boards');
  put(t, 'web');
  return t;
}

function above(t: TestWorld, name: string): string[] {
  return ancestorsOf(t.world, t.world.pools.get(name)?.pool as Pool);
}

test('a pool without a parent hangs under default, which need not be there (P18)', () => {
  const t = aTree();
  expect(above(t, 'arm')).toEqual(['boards', 'lab', 'default']);
  expect(above(t, 'web')).toEqual(['default']);
  expect(childrenOf(t.world, 'default')).toEqual(['lab', 'web']);
  put(t, 'default');
  expect(above(t, 'default')).toEqual([]);
  expect(above(t, 'web')).toEqual(['default']);
  expect(checkWorld(t.world)).toEqual([]);
});

test('to say default is to say nothing', () => {
  const t = aTree();
  const before = t.world.pools.get('web')?.pool;
  expect(put(t, 'web', 'default')).toBe(before);
});

describe('a place that is none is refused (P18)', () => {
  const at = '/parent';
  test.each<[string, string, string, string]>([
    ['a pool that is not there', 'web', 'nope', 'pool_not_found'],
    ['itself', 'web', 'web', 'invalid_input'],
    ['what hangs under it', 'lab', 'arm', 'invalid_input'],
  ])('%s', (_what, name, parent, code) => {
    const t = aTree();
    expect(refusalOf(() => put(t, name, parent))).toMatchObject({ code, at });
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('any, for the root', () => {
    const t = aTree();
    expect(refusalOf(() => put(t, 'default', 'lab'))).toMatchObject({ code: 'invalid_input', at });
  });

  test('one that is being removed', () => {
    const t = aTree();
    t.staticPool('old', [{}]);
    t.do({ type: 'removePool', name: 'old' });
    expect(refusalOf(() => put(t, 'web', 'old'))).toMatchObject({ code: 'pool_being_removed', at });
  });
});

describe('removal (P18)', () => {
  test('of a pool with others under it is refused, and says which', () => {
    const t = aTree();
    const { code, message } = refusalOf(() => t.do({ type: 'removePool', name: 'lab' }));
    expect([code, message]).toEqual(['pool_has_children', expect.stringContaining('"boards"')]);
    put(t, 'boards');
    t.do({ type: 'removePool', name: 'lab' });
    expect(t.world.pools.has('lab')).toBe(false);
  });

  test('of the root is not: those under it lose nothing', () => {
    const t = aTree();
    put(t, 'default');
    t.do({ type: 'removePool', name: 'default' });
    expect(above(t, 'web')).toEqual(['default']);
  });

  test('leaves a pool that goes later under the root', () => {
    const t = aTree();
    const [board] = t.staticPool('old', [{}], { parent: 'web' });
    t.request('ann', 'old');
    t.do({ type: 'removePool', name: 'old' });
    t.do({ type: 'removePool', name: 'web' });
    expect(t.resource(board?.id as string).status).toBe('leased');
    expect([t.world.pools.has('web'), above(t, 'old')]).toEqual([false, ['web', 'default']]);
    expect(checkWorld(t.world)).toEqual([]);
  });
});

describe('in a configuration (P18)', () => {
  const aPool = (name: string, parent: string | null = null): ConfiguredPool => ({
    spec: { name, provider: 'hand', parent },
    resources: [],
  });
  const configure = (t: TestWorld, pools: ConfiguredPool[], isPruning = false) =>
    t.do({
      type: 'configure',
      providers: [{ name: 'hand', driver: 'static', makes: false, options: {} }],
      pools,
      isPruning,
      agreed: null,
    });

  test('the order does not matter, and parent and child may change places', () => {
    const t = new TestWorld();
    configure(t, [aPool('child', 'parent'), aPool('parent')]);
    expect(above(t, 'child')).toEqual(['parent', 'default']);
    configure(t, [aPool('child'), aPool('parent', 'child')]);
    expect(above(t, 'parent')).toEqual(['child', 'default']);
  });

  test('pools that hang under each other go together', () => {
    const t = aTree();
    configure(t, [aPool('web')], true);
    expect([...t.world.pools.keys()]).toEqual(['web']);
  });

  test('a pool whose parent is pruned is refused at its parent, and nothing happens', () => {
    const t = aTree();
    expect(
      refusalOf(() => configure(t, [aPool('web'), aPool('boards', 'lab'), aPool('arm')], true)),
    ).toMatchObject({
      code: 'pool_being_removed',
      at: '/pools/1/parent',
    });
    expect(t.world.pools.size).toBe(4);
    expect(refusalOf(() => configure(t, [aPool('web', 'lab'), aPool('lab', 'web')]))).toMatchObject({
      code: 'invalid_input',
      at: '/pools/0/parent',
    });
  });
});
