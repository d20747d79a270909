import { expect, test } from 'vitest';
import { VirtualTime } from '../../virtual-time.ts';
import { aBatch, put } from '../contract-documents.ts';
import { StaleTerm } from '../contract.ts';
import { WentBack } from '../shared-contract.ts';
import type { Halt, ReplicaCard, SharedStore } from '../shared-contract.ts';
import { sharedContract } from '../shared-suite.ts';
import { forgetChanges } from './memory-changes.ts';
import { copyMemoryDisk, createMemoryDisk } from './memory-disk.ts';
import { openMemoryStore } from './memory-store.ts';

const card = (id: string): ReplicaCard => ({ id, name: id, address: `${id}:7421`, version: '1.0.0' });
const HALT: Halt = {
  at: 0,
  by: 'ann',
  seen: { term: 2, batch: 9 },
  found: { term: 1, batch: 3 },
};

async function twoStores() {
  const [disk, time] = [createMemoryDisk(), new VirtualTime()];
  const open = () => openMemoryStore(disk, {}, time);
  return { disk, time, ann: await open(), bob: await open() };
}

async function idsAfter(store: SharedStore, after: number): Promise<string[] | undefined> {
  const changes = await store.changesAfter(after);
  if (changes === undefined) return undefined;
  const ids: string[] = [];
  for await (const page of changes.pages)
    for (const { id, document } of page) ids.push(document === null ? `-${id}` : id);
  return ids;
}

test('a term lasts as long as it is renewed, and the next begins after it', async () => {
  const { time, ann, bob } = await twoStores();
  expect(await ann.acquire({ replica: card('ann'), forMs: 1_000 })).toMatchObject({
    term: 1,
    remainingMs: 1_000,
  });
  time.jump(900);
  expect(await bob.acquire({ replica: card('bob'), forMs: 1_000 })).toMatchObject({
    term: 1,
    keeper: { id: 'ann' },
    remainingMs: 100,
  });
  await ann.renew({ term: 1, forMs: 1_000 });
  time.jump(1_000);
  expect(await bob.acquire({ replica: card('bob'), forMs: 1_000 })).toMatchObject({
    term: 2,
    keeper: { id: 'bob' },
  });
  await expect(ann.renew({ term: 1, forMs: 1_000 })).rejects.toThrow(StaleTerm);
  await expect(ann.commit(aBatch(1, { upserts: [put('res_1')] }))).rejects.toThrow(StaleTerm);
});

test('a follower reads what changed since, what is gone included, as it was when it asked', async () => {
  const { ann, bob } = await twoStores();
  const { term } = await ann.acquire({ replica: card('ann'), forMs: 1_000 });
  await ann.commit(aBatch(term, { upserts: [put('res_1'), put('res_2')] }));
  await ann.commit(aBatch(term, { upserts: [put('res_3')], deletes: [{ kind: 'resource', id: 'res_1' }] }));
  expect(await idsAfter(bob, 0)).toEqual(['res_2', 'res_3']);
  expect(await idsAfter(bob, 1)).toEqual(['-res_1', 'res_3']);
  const asked = bob.changesAfter(2);
  await ann.commit(aBatch(term, { upserts: [put('res_4')] }));
  expect(await asked).toMatchObject({ batch: 2 });
  expect(await idsAfter(bob, 2)).toEqual(['res_4']);
});

test('who is further behind than what is remembered has to read everything', async () => {
  const { disk, ann, bob } = await twoStores();
  const term = await ann.claim();
  for (const id of ['res_1', 'res_2', 'res_3']) await ann.commit(aBatch(term, { upserts: [put(id)] }));
  forgetChanges(disk, 2);
  expect(await idsAfter(bob, 1)).toBeUndefined();
  expect(await idsAfter(bob, 2)).toEqual(['res_3']);
  expect(await idsAfter(bob, 0)).toEqual(['res_1', 'res_2', 'res_3']);
});

test('news of batches and of the leadership reach every store on the disk, until it is closed', async () => {
  const { ann, bob } = await twoStores();
  let news = 0;
  bob.watch(() => (news += 1));
  const { term } = await ann.acquire({ replica: card('ann'), forMs: 1_000 });
  await ann.commit(aBatch(term, { upserts: [put('res_1')] }));
  await ann.resign(term);
  expect(news).toBe(3);
  await bob[Symbol.asyncDispose]();
  await ann.commit(aBatch(term, { upserts: [put('res_2')] }));
  expect(news).toBe(3);
});

test('a disk that went back is told from one that is behind, and a halt stops everybody', async () => {
  const { disk, ann, bob } = await twoStores();
  const { term } = await ann.acquire({ replica: card('ann'), forMs: 1_000 });
  const before = copyMemoryDisk(disk);
  await ann.commit(aBatch(term, { upserts: [put('res_1')] }));
  Object.assign(disk, before);
  await expect(bob.changesAfter(1)).rejects.toThrow(WentBack);
  await expect(ann.commit(aBatch(term, { upserts: [put('res_2')] }))).rejects.toThrow(WentBack);

  await ann.halt(HALT);
  await bob.halt({ ...HALT, by: 'bob' });
  await ann.resign(term);
  expect((await bob.acquire({ replica: card('bob'), forMs: 1_000 })).halt).toEqual(HALT);
  await expect(ann.renew({ term, forMs: 1_000 })).rejects.toThrow(StaleTerm);
  await bob.resume();
  expect(await bob.acquire({ replica: card('bob'), forMs: 1_000 })).toMatchObject({ term: 2, halt: null });
});

test('replicas are known until they have been silent for long, and texts are written by whoever knew the last one', async () => {
  const { time, ann, bob } = await twoStores();
  await ann.reportReplica({ ...card('ann'), role: 'keeper', batch: 3, skewMs: 0 });
  time.jump(40_000);
  await bob.reportReplica({ ...card('bob'), role: 'follower', batch: 2, skewMs: -5 });
  expect((await bob.listReplicas()).map(({ id, seenMsAgo }) => [id, seenMsAgo])).toEqual([
    ['ann', 40_000],
    ['bob', 0],
  ]);
  time.jump(40_000);
  expect((await ann.listReplicas()).map(({ id }) => id)).toEqual(['bob']);

  expect(await ann.writeShared({ name: 'keys', text: 'a', before: undefined })).toBe('a');
  expect(await bob.writeShared({ name: 'keys', text: 'b', before: undefined })).toBe('a');
  expect(await bob.writeShared({ name: 'keys', text: 'b', before: 'a' })).toBe('b');
  expect(await ann.readShared('keys')).toBe('b');
});

sharedContract('the in-memory store', async () => {
  const { disk, time } = await twoStores();
  await using opened = new AsyncDisposableStack();
  const stores = opened.move();
  return {
    open: async () => stores.use(await openMemoryStore(disk, {}, time)),
    pass: (ms) => time.advance(ms),
    goBackTo: async (batch) => void (disk.batch = batch),
    forgetDeleted: async (upTo) => forgetChanges(disk, upTo),
    [Symbol.asyncDispose]: () => stores.disposeAsync(),
  };
});
