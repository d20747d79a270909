import { describe, expect, test } from 'vitest';
import { TestWorld } from '../testing/world-builder.ts';

test('a released resource is cleaned before it is free again (R8)', () => {
  const t = new TestWorld();
  const [board] = t.staticPool('boards', [{}]);
  const lease = t.request('ann', 'boards');
  const { changes, events } = t.decide({ type: 'endLease', lease: lease.id, asHolder: 'ann' });
  const statuses = changes.flatMap((change) => (change.kind === 'resource' ? [change.after?.status] : []));
  expect(statuses).toEqual(['cleaning', 'free']);
  expect(events.map((event) => event.type)).toEqual(['lease.ended', 'resource.freed']);
  expect(t.resource(board?.id as string)).toMatchObject({ status: 'free', leaseId: null, since: t.now });
});

test('each grant gives the resource a higher epoch, which both sides know (R6)', () => {
  const t = new TestWorld();
  const [board] = t.staticPool('boards', [{}]);
  const epochs: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const lease = t.request('ann', 'boards');
    const [member] = lease.status === 'queued' ? [] : lease.members;
    expect(member?.epoch).toBe(t.resource(board?.id as string).epoch);
    epochs.push(member?.epoch as number);
    t.end(lease);
  }
  expect(epochs).toEqual([1, 2, 3]);
  expect(t.resource(board?.id as string)).toMatchObject({ epoch: 3, uses: 3 });
});

test('the longest free member is given first, so that use is spread (R16)', () => {
  const t = new TestWorld();
  t.staticPool('boards', [{}, {}, {}]);
  const given: string[] = [];
  for (let turn = 0; turn < 6; turn += 1) {
    t.now += 1;
    const lease = t.request('ann', 'boards');
    given.push(...t.held(lease));
    t.end(lease);
  }
  expect(given).toEqual(['boards-1', 'boards-2', 'boards-3', 'boards-1', 'boards-2', 'boards-3']);
});

describe('a resource whose job succeeds', () => {
  test('leaves memory when it is proven gone, and not before (R3)', () => {
    const t = new TestWorld();
    const [board] = t.staticPool('boards', [{}]);
    t.do({ type: 'actOnResource', resource: board?.id as string, action: 'retire', reason: 'old' });
    expect(t.resource(board?.id as string).status).toBe('exiting');
    const [job] = [...t.world.jobs.keys()];
    const { events } = t.decide({ type: 'finishJob', job: job as string, outcome: { result: 'gone' } });
    expect(events).toEqual([
      expect.objectContaining({
        type: 'resource.gone',
        data: expect.objectContaining({ name: 'boards-1', status: 'gone' }),
      }),
    ]);
    expect(t.world.resources.size).toBe(0);
  });
});
