import { expect, test } from 'vitest';
import { aBatch, anEvent, put } from '../contract-documents.ts';
import { loadAll, loadIds, storeContract } from '../contract-suite.ts';
import { StoreFailure } from '../contract.ts';
import { createMemoryDisk } from './memory-disk.ts';
import { openMemoryStore } from './memory-store.ts';
import { historyContract } from '../history-suite.ts';
import type { CopyablePlace } from '../history-suite.ts';
import { turnoverContract } from '../turnover-suite.ts';

async function createPlace(): Promise<CopyablePlace> {
  const disk = createMemoryDisk();
  const backupPath = 'backup';
  return {
    open: () => openMemoryStore(disk),
    crash: () => Promise.resolve(),
    backupPath,
    openBackup: () => openMemoryStore(disk.backups.get(backupPath) ?? createMemoryDisk()),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

storeContract('the in-memory store', createPlace);
turnoverContract('the in-memory store', createPlace);
historyContract('the in-memory store', createPlace);

test('a fault before the commit leaves nothing', async () => {
  const disk = createMemoryDisk();
  const store = await openMemoryStore(disk, {
    beforeCommit: (batch) => {
      if (batch.events.length > 0) throw new Error('no space');
    },
  });
  const term = await store.claim();
  await expect(store.commit(aBatch(term, { upserts: [put('res_1')], events: [anEvent(1)] }))).rejects.toThrow(
    StoreFailure,
  );
  expect((await loadAll(store)).documents).toEqual([]);
  await store.commit(aBatch(term, { upserts: [put('res_2')] }));
  expect(await loadIds(store)).toEqual(['res_2']);
});

test('a fault after the commit tells of a failure, and everything is there', async () => {
  const disk = createMemoryDisk();
  let isLying = true;
  const store = await openMemoryStore(disk, {
    afterCommit: () => {
      if (isLying) throw new Error('the answer was lost');
    },
  });
  const term = await store.claim();
  const failure = await store
    .commit(aBatch(term, { upserts: [put('res_1')] }))
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(StoreFailure);
  expect((failure as StoreFailure).cause).toMatchObject({ message: 'the answer was lost' });
  isLying = false;
  const next = await openMemoryStore(disk);
  expect(await loadIds(next)).toEqual(['res_1']);
});

test('a load can fail and then work', async () => {
  let loads = 0;
  const store = await openMemoryStore(createMemoryDisk(), {
    beforeLoad: () => {
      loads += 1;
      if (loads === 1) throw new Error('unreadable');
    },
  });
  await expect(store.load()).rejects.toThrow(StoreFailure);
  expect((await loadAll(store)).documents).toEqual([]);
});

test('what a process still holds does not change what the disk has', async () => {
  const disk = createMemoryDisk();
  const store = await openMemoryStore(disk);
  const term = await store.claim();
  const labels = { arch: 'amd64' };
  await store.commit(aBatch(term, { upserts: [put('res_1', { labels })] }));
  labels.arch = 'arm64';
  const { documents } = await loadAll(await openMemoryStore(disk));
  expect(documents).toMatchObject([{ document: { labels: { arch: 'amd64' } } }]);
});
