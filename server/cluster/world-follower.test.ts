import { expect, test } from 'vitest';
import { silentLogger } from '../logger.ts';
import { aPool, put } from '../store/contract-documents.ts';
import type { DocumentChange, WorldChanges } from '../store/shared-contract.ts';
import { CHANGES_MAX, WorldFollower } from './world-follower.ts';

const POOL = { kind: 'pool', id: 'web', document: aPool('web') } as DocumentChange;

function answered(batch: number, count: number): WorldChanges {
  async function* pages() {
    yield [POOL];
    for (let at = 0; at < count; at += 1_000)
      yield Array.from({ length: Math.min(1_000, count - at) }, (_, index) => put(`res_${at + index}`));
  }
  return { batch, meta: { instant: batch, eventSeq: 0, leaseSeq: 0 }, pages: pages() };
}

test.each([
  [CHANGES_MAX - 1, [0, 5]],
  [CHANGES_MAX, [0, 5, 0]],
])('%i changes and a pool: asks for what came after %j (H5)', async (count, questions) => {
  const asked: number[] = [];
  const store = {
    changesAfter: async (after: number) => {
      asked.push(after);
      return asked.length === 1 ? answered(5, 1) : answered(6, after === 0 ? 2 : count);
    },
  };
  const follower = new WorldFollower({ store, logger: silentLogger });
  const { signal } = new AbortController();
  await follower.catchUp(signal);
  const world = await follower.catchUp(signal);
  expect(asked).toEqual(questions);
  expect(world.resources.size).toBe(questions.length === 3 ? 2 : count);
  expect(follower.batch).toBe(6);
  expect(follower.lastKnown).toBe(world);
});
