import { expect, test } from 'vitest';
import { observationOf, TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';

test('what ended with the server is started again by its own id: free ones off offer until they are up (R18)', () => {
  const t = new TestWorld();
  t.sizedPool('web', { desired: 2 });
  t.finishJobs();
  const lease = t.request('ann', 'web');
  const names = t.held(lease);
  const ids = [...t.world.resources.keys()];
  expect(t.do({ type: 'resumeResources', provider: 'maker' })).toEqual({ resumed: 2 });
  expect([...t.world.resources.values()].map(({ status }) => status).toSorted()).toEqual([
    'entering',
    'leased',
  ]);
  const waiting = t.request('bob', 'web');
  expect(waiting.status).toBe('queued');
  expect(t.finishJobs()).toBe(2);
  expect([...t.world.resources.keys()]).toEqual(ids);
  expect(t.held(lease)).toEqual(names);
  expect(t.lease(waiting.id).status).toBe('active');
  expect(checkWorld(t.world)).toEqual([]);
});

test('a leased one that cannot be started again stays with its holder and is replaced after it', () => {
  const t = new TestWorld();
  t.sizedPool('web', { desired: 1 });
  t.finishJobs();
  const lease = t.request('ann', 'web');
  t.do({ type: 'resumeResources', provider: 'maker' });
  const [job] = t.world.jobs.values();
  t.do({
    type: 'finishJob',
    job: job?.id ?? '',
    outcome: { result: 'failed', reason: 'refused', error: 'no such program' },
  });
  expect(t.lease(lease.id).status).toBe('active');
  expect(t.world.jobs.size).toBe(0);
  t.end(lease);
  t.finishJobs();
  expect([...t.world.resources.values()]).toHaveLength(1);
  expect([...t.world.resources.keys()]).not.toContain(job?.resource);
});

test('one that is given back before it is up again is replaced', () => {
  const t = new TestWorld();
  t.sizedPool('web', { desired: 1 });
  t.finishJobs();
  const lease = t.request('ann', 'web');
  t.do({ type: 'resumeResources', provider: 'maker' });
  t.end(lease);
  expect([...t.world.resources.values()].map(({ status }) => status).toSorted()).toEqual([
    'exiting',
    'requested',
  ]);
  expect(checkWorld(t.world)).toEqual([]);
});

test('a look that comes before it is up again does not give it up (R18)', () => {
  const t = new TestWorld();
  t.sizedPool('web', { desired: 2 });
  t.finishJobs();
  const lease = t.request('ann', 'web');
  const ids = [...t.world.resources.keys()];
  t.do({ type: 'resumeResources', provider: 'maker' });
  const ended = { ...observationOf(ids[0] as string), machine: 'TERMINATED', liveness: 'UNKNOWN' } as const;
  t.now += 1_000;
  t.do({ type: 'observe', provider: 'maker', startedAt: t.now, observations: [ended] });
  expect(t.finishJobs()).toBe(2);
  t.end(lease);
  expect([...t.world.resources.keys()]).toEqual(ids);
  expect(t.world.pools.get('web')?.counts.free).toBe(2);
  expect(checkWorld(t.world)).toEqual([]);
});

test('one that waits for a person on its way in is started first, and enters anew', () => {
  const t = new TestWorld();
  t.workflow('look', [{ name: 'ask', uses: 'approval', with: { message: 'fine?' } }]);
  t.sizedPool('boards', { desired: 1 }, { on: { enter: { workflow: 'look' } } });
  t.finishJobs();
  const [id] = [...t.world.resources.keys()] as [string];
  const before = t.run(id).id;
  t.do({ type: 'resumeResources', provider: 'maker' });
  expect(t.resource(id)).toMatchObject({ status: 'entering', run: null });
  expect(checkWorld(t.world)).toEqual([]);
  t.finishJobs();
  expect(t.run(id).id).not.toBe(before);
  t.do({ type: 'decideApproval', run: t.run(id).id, isApproved: true, by: 'olga', reason: 'it is' });
  expect(t.resource(id).status).toBe('free');
  expect(checkWorld(t.world)).toEqual([]);
});
