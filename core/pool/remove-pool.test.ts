import { expect, test } from 'vitest';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';

function aPool(): TestWorld {
  const t = new TestWorld();
  t.staticPool('boards', [{}, {}]);
  return t;
}

const remove = { type: 'removePool', name: 'boards' } as const;

test('a pool that is removed gives up its free members and goes with the last (P9)', () => {
  const t = aPool();
  const decision = t.decide(remove);
  expect(decision.reply.status).toBe('removing');
  expect([...t.world.jobs.values()].map((job) => job.kind)).toEqual(['destroy', 'destroy']);
  expect(t.world.pools.has('boards')).toBe(true);
  t.finishJobs();
  expect(t.world.pools.has('boards')).toBe(false);
  expect(t.world.resources.size).toBe(0);
});

test('an empty pool goes at once (P9)', () => {
  const t = new TestWorld();
  t.staticPool('boards', []);
  const { events } = t.decide(remove);
  expect(events.map((event) => event.type)).toEqual(['pool.removing', 'pool.removed']);
  expect(t.world.pools.size).toBe(0);
});

test('what is leased stays with its holder, and leaves when it comes back (P9, R7)', () => {
  const t = aPool();
  const lease = t.request('ann', 'boards');
  t.do(remove);
  expect(t.held(lease)).toHaveLength(1);
  t.finishJobs();
  expect(t.world.pools.has('boards')).toBe(true);
  t.end(lease);
  t.finishJobs();
  expect(t.world.pools.has('boards')).toBe(false);
});

test('every lease that waits for the pool ends with the reason, and what it had elsewhere goes on (P9)', () => {
  const t = aPool();
  t.staticPool('annex', [{}]);
  const held = t.request('ann', [{ pool: 'boards', count: 2 }]);
  const waiting = ['bob', 'cyd', 'dan'].map((holder) => t.request(holder, 'boards'));
  const both = t.request('eve', [
    { pool: 'annex', count: 1 },
    { pool: 'boards', count: 1 },
  ]);
  const next = t.request('fay', 'annex');
  const { ended } = t.decide(remove);
  expect(ended.map((lease) => [lease.id, lease.endReason])).toEqual(
    [...waiting, both].map((lease) => [lease.id, 'pool_removed']),
  );
  expect(t.held(next)).toEqual(['annex-1']);
  expect([...t.world.leases.keys()]).toEqual([held.id, next.id]);
  expect(checkWorld(t.world)).toEqual([]);
});

test('a pool whose members are all quarantined goes too (P9)', () => {
  const t = aPool();
  for (const id of t.world.resourceIds) {
    t.do({ type: 'actOnResource', resource: id, action: 'quarantine', reason: 'smoke' });
  }
  t.do(remove);
  t.finishJobs();
  expect(t.world.pools.size).toBe(0);
});

test('a quarantined member leaves while another is still leased (P9)', () => {
  const t = aPool();
  t.request('ann', 'boards');
  const [other] = [...t.world.resources.values()].filter((resource) => resource.status === 'free');
  t.do({ type: 'actOnResource', resource: other?.id as string, action: 'quarantine', reason: 'smoke' });
  t.do(remove);
  t.finishJobs();
  expect([...t.world.resources.values()].map((resource) => resource.status)).toEqual(['leased']);
});

test('members that are being made are not waited for (P9)', () => {
  const t = new TestWorld();
  t.sizedPool('boards', { desired: 2 });
  t.do(remove);
  expect([...t.world.jobs.values()].map((job) => job.kind)).toEqual(['destroy', 'destroy']);
  t.finishJobs();
  expect(t.world.pools.size).toBe(0);
});

test('the last member may leave by being moved (P9)', () => {
  const t = new TestWorld();
  t.staticPool('annex', []);
  const [member] = t.staticPool('boards', [{}]);
  t.do({ type: 'actOnResource', resource: member?.id as string, action: 'quarantine', reason: 'smoke' });
  t.request('ann', 'annex');
  t.do({ type: 'moveResource', resource: member?.id as string, pool: 'annex' });
  t.do(remove);
  expect([...t.world.pools.keys()]).toEqual(['annex']);
});

test('a pool that is being removed takes no request, no member and no change (P9)', () => {
  const t = aPool();
  t.request('ann', [{ pool: 'boards', count: 2 }]);
  t.do(remove);
  const code = 'pool_being_removed';
  expect(refusalOf(() => t.request('bob', 'boards'))).toMatchObject({ code, at: '/items/0/pool' });
  expect(refusalOf(() => t.do({ type: 'registerResource', pool: 'boards', name: 'late' }))).toMatchObject({
    code,
  });
  expect(refusalOf(() => t.do({ type: 'putPool', name: 'boards', merge: true, spec: {} }))).toMatchObject({
    code,
  });
});

test('removing again is harmless; an unknown pool and an old version are refused', () => {
  const t = aPool();
  t.request('ann', 'boards');
  expect(refusalOf(() => t.do({ ...remove, version: 7 })).code).toBe('version_mismatch');
  expect(refusalOf(() => t.do({ type: 'removePool', name: 'none' })).code).toBe('pool_not_found');
  t.do(remove);
  const again = t.decide(remove);
  expect([again.changes, again.events]).toEqual([[], []]);
});

test('a free member that does not count and may not be evicted goes with its pool (P9)', () => {
  const t = aPool();
  const [id] = t.world.resourceIds;
  const marks = { membership: { active: false, evictable: false } };
  t.do({ type: 'askMember', pool: 'boards', machine: id as string, ask: { do: 'mark', marks } });
  t.do(remove);
  t.finishJobs();
  expect([t.world.pools.size, t.world.resources.size]).toEqual([0, 0]);
});
