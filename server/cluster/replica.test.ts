import { expect, test } from 'vitest';
import { aBatch, put } from '../store/contract-documents.ts';
import { TestCluster } from '../testing/replica-harness.ts';

test('the first replica takes the world, and the others follow it', async () => {
  const cluster = new TestCluster();
  const ann = await cluster.add('ann');
  const bob = await cluster.add('bob');
  await cluster.time.advance(1_000);
  expect(cluster.keepers()).toEqual(['ann']);
  expect(ann.replica.keeper()).toMatchObject({ card: { name: 'ann' }, term: 1, isSelf: true });
  expect(bob.replica.role()).toBe('following');
  expect(bob.replica.keeper()).toMatchObject({ card: { name: 'ann' }, term: 1, isSelf: false });
  await cluster.time.advance(60_000);
  expect(cluster.keepers()).toEqual(['ann']);
  expect(cluster.disk.term).toBe(1);
  void [aBatch, put];
});
