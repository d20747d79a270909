import { expect, test } from 'vitest';
import type { LiveLease } from '../model/lease.ts';
import type { QueueOrder } from '../model/pool.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { createPositions, positionOf } from './position.ts';

/** A pool of two members that `rich` has both of, and who waits for it. */
function aQueue(queue: QueueOrder): { tested: TestWorld; waiting: LiveLease[] } {
  const tested = new TestWorld();
  tested.staticPool('web', [{}, {}], { lease: { defaultMs: 60_000, maxMs: 60_000, queue } });
  tested.request('rich', [{ pool: 'web', count: 2 }]);
  const waiting = [
    tested.request('rich', 'web'),
    tested.request('poor', 'web', { priority: 5 }),
    tested.request('poor', 'web'),
    tested.request('new', 'web', { priority: 9 }),
  ];
  return { tested, waiting };
}

test.each<[QueueOrder, number[]]>([
  ['fifo', [1, 2, 3, 4]],
  ['priority', [3, 2, 4, 1]],
  // Whoever has nothing goes before whoever has two, in order of arrival.
  ['fair', [4, 1, 2, 3]],
])('%s: places are counted from 1, in the order in which leases are granted', (queue, places) => {
  const { tested, waiting } = aQueue(queue);
  expect(waiting.map((lease) => positionOf(tested.world, lease))).toEqual(places);
  const place = createPositions(tested.world);
  expect(waiting.map((lease) => place(lease))).toEqual(places);
});

test('who is first is granted first', () => {
  const { tested, waiting } = aQueue('fair');
  const first = waiting.find((lease) => positionOf(tested.world, lease) === 1);
  const [held] = [...tested.world.leases.values()].filter(({ status }) => status === 'active');
  tested.end(held as LiveLease);
  expect(tested.lease(first?.id ?? '').status).toBe('active');
});

test('a lease that does not wait has no place', () => {
  const { tested } = aQueue('fair');
  const [held] = [...tested.world.leases.values()].filter(({ status }) => status === 'active');
  expect(positionOf(tested.world, held as LiveLease)).toBeNull();
  expect(createPositions(tested.world)(held as LiveLease)).toBeNull();
});

test('a lease over two pools has its place in the pool that it waits at', () => {
  const tested = new TestWorld();
  tested.staticPool('a', [{}]);
  tested.staticPool('b', []);
  tested.request('ann', 'b');
  const both = tested.request('bob', [
    { pool: 'a', count: 1 },
    { pool: 'b', count: 1 },
  ]);
  expect(positionOf(tested.world, both)).toBe(2);
});
