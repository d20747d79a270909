import { expect, test } from 'vitest';
import { observationOf, TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';

test('a member that is held, and that a person retires, is replaced in its lease at once (T7)', () => {
  const t = new TestWorld();
  t.workflow('prepare', [{ name: 'flash' }]);
  const boards = t.staticPool('boards', [{}, {}], { on: { allocate: { workflow: 'prepare' } } });
  const lease = t.request('ann', [{ pool: 'boards', count: 2 }]);
  const [first] = boards.map(({ id }) => id) as [string];
  t.finishStep(first, { isPassed: false });
  expect(t.resource(first)).toMatchObject({ status: 'preparing', leaseId: lease.id });
  t.do({ type: 'actOnResource', resource: first, action: 'retire', reason: 'it is broken' });
  expect(checkWorld(t.world)).toEqual([]);
  expect(t.lease(lease.id).status).toBe('queued');
  expect(t.resource(first).status).toBe('exiting');
});

test('a member that dies while it is prepared is replaced in its lease (T7)', () => {
  const t = new TestWorld();
  t.workflow('prepare', [{ name: 'ask', uses: 'approval', with: { message: 'fine?' } }]);
  t.sizedPool('boards', { desired: 2 }, { on: { allocate: { workflow: 'prepare' } } });
  t.finishJobs();
  const lease = t.request('ann', 'boards');
  const [member] = lease.status === 'queued' ? [] : lease.members;
  const id = member?.resource as string;
  t.now += 10;
  t.do({
    type: 'observe',
    provider: 'maker',
    startedAt: t.now,
    observations: [...t.world.resources.keys()].map((one) => ({
      ...observationOf(one),
      machine: one === id ? 'TERMINATED' : 'RUNNING',
    })),
  });
  expect(checkWorld(t.world)).toEqual([]);
  expect(t.resource(id).status).toBe('exiting');
  const now = t.lease(lease.id);
  expect(now.status === 'preparing' && now.members.map(({ resource }) => resource)).toEqual([
    expect.not.stringContaining(id),
  ]);
});

test('a lease that lost its member does not wait for a pool that is being removed: it ends (T7)', () => {
  const t = new TestWorld();
  t.workflow('prepare', [{ name: 'flash' }]);
  const [board] = t.staticPool('boards', [{}], { on: { allocate: { workflow: 'prepare' } } });
  const lease = t.request('ann', 'boards');
  t.do({ type: 'removePool', name: 'boards' });
  t.finishStep(board?.id as string, { isPassed: false });
  expect(t.world.leases.has(lease.id)).toBe(false);
  expect(checkWorld(t.world)).toEqual([]);
});
