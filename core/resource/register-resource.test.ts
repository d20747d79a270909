import { describe, expect, test } from 'vitest';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';

function register(t: TestWorld, more: object = {}) {
  return t.decide({ type: 'registerResource', pool: 'boards', name: 'b1', ...more });
}

describe('a resource that exists already is registered (R14)', () => {
  test('with what is said about it, free at once', () => {
    const t = new TestWorld();
    t.staticPool('boards', []);
    const traits = {
      labels: { arch: 'arm' },
      params: { ram: 8 },
      addresses: ['10.0.0.7'],
      endpoints: { http: 'http://10.0.0.7' },
    };
    const { reply, events } = register(t, traits);
    expect(events.map((event) => event.type)).toEqual(['resource.entered']);
    expect(t.resource(reply.id)).toMatchObject({ ...traits, status: 'free', epoch: 0, kind: 'machine' });
    expect(t.resource(reply.id)).toMatchObject({ provider: 'hand', uses: 0, isEvictable: false });
  });

  test('for the one who waits for it, in the same decision (L3)', () => {
    const t = new TestWorld();
    t.staticPool('boards', []);
    const lease = t.request('ann', [{ pool: 'boards', count: 1, match: { arch: 'arm' } }]);
    register(t, { labels: { arch: 'x86' } });
    expect(t.held(lease)).toEqual([]);
    register(t, { name: 'b2', labels: { arch: 'arm' } });
    expect(t.held(lease)).toEqual(['b2']);
  });

  test('under a name that its pool has free, and no other pool is asked (R13)', () => {
    const t = new TestWorld();
    t.staticPool('boards', []);
    t.staticPool('annex', []);
    const { reply } = register(t);
    register(t, { pool: 'annex' });
    expect(refusalOf(() => register(t))).toMatchObject({ code: 'resource_name_taken', at: '/name' });
    t.do({ type: 'actOnResource', resource: reply.id, action: 'retire', reason: 'test' });
    t.finishJobs();
    expect(register(t).reply.name).toBe('b1');
  });

  test('under a name that is short, but where members are handed over by stage: their clients know longer ones', () => {
    const t = new TestWorld();
    t.staticPool('boards', []);
    t.staticPool('projects', [], { stages: { type: 'project', initial: 'free' } });
    const name = 'a'.repeat(64);
    expect(refusalOf(() => register(t, { name }))).toMatchObject({ code: 'invalid_input', at: '/name' });
    expect(register(t, { pool: 'projects', name }).reply.name).toBe(name);
    expect(register(t, { name: 'a'.repeat(63) }).reply.name).toBe('a'.repeat(63));
  });

  test('not in a pool that is not there, or makes its own', () => {
    const t = new TestWorld();
    t.sizedPool('web', { desired: 0 });
    expect(refusalOf(() => register(t))).toMatchObject({ code: 'pool_not_found', at: '/pool' });
    expect(refusalOf(() => register(t, { pool: 'web' }))).toMatchObject({
      code: 'pool_is_sized',
      at: '/pool',
    });
    expect(t.world.resources.size).toBe(0);
  });
});

describe('what is said about a resource is changed', () => {
  function aBoard(): { t: TestWorld; id: string } {
    const t = new TestWorld();
    const [board] = t.staticPool('boards', [{ arch: 'arm', site: 'a' }]);
    return { t, id: board?.id as string };
  }

  test('member by member, each as a whole', () => {
    const { t, id } = aBoard();
    const { reply, events } = t.decide({
      type: 'changeTraits',
      resource: id,
      labels: { arch: 'x86' },
      isEvictable: true,
    });
    expect(reply).toMatchObject({ labels: { arch: 'x86' }, params: {}, isEvictable: true });
    expect(events).toEqual([
      expect.objectContaining({ type: 'resource.changed', data: { members: ['labels', 'isEvictable'] } }),
    ]);
  });

  test('so that it fits somebody who waits (L3)', () => {
    const { t, id } = aBoard();
    const lease = t.request('ann', [{ pool: 'boards', count: 1, match: { arch: 'x86' } }]);
    t.do({ type: 'changeTraits', resource: id, labels: { arch: 'x86' } });
    expect(t.held(lease)).toEqual(['boards-1']);
  });

  test('so that it no longer fits who had it set aside: somebody else gets it (L4)', () => {
    const { t, id } = aBoard();
    const large = t.request('ann', [{ pool: 'boards', count: 2, match: { arch: 'arm' } }]);
    const other = t.request('bob', [{ pool: 'boards', count: 1, match: { arch: 'x86' } }]);
    t.do({ type: 'changeTraits', resource: id, labels: { arch: 'x86' } });
    expect(t.lease(large.id)).toMatchObject({ setAside: [] });
    expect(t.held(other)).toEqual(['boards-1']);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('so that it still fits who had it set aside: it stays there', () => {
    const { t, id } = aBoard();
    const large = t.request('ann', [{ pool: 'boards', count: 2, match: { arch: 'arm' } }]);
    t.do({ type: 'changeTraits', resource: id, labels: { arch: 'arm' }, params: { ram: 8 } });
    expect(t.lease(large.id)).toMatchObject({ setAside: [{ resource: id }] });
  });

  test('while it is leased: its holder keeps it (R7)', () => {
    const { t, id } = aBoard();
    const lease = t.request('ann', [{ pool: 'boards', count: 1, match: { arch: 'arm' } }]);
    t.do({ type: 'changeTraits', resource: id, labels: {} });
    expect(t.held(lease)).toEqual(['boards-1']);
  });

  test('and refused for what is not there, or was read before it changed', () => {
    const { t, id } = aBoard();
    const change = { type: 'changeTraits', labels: {} } as const;
    expect(refusalOf(() => t.do({ ...change, resource: 'none' })).code).toBe('resource_not_found');
    expect(refusalOf(() => t.do({ ...change, resource: id, version: 77 })).code).toBe('version_mismatch');
  });
});
