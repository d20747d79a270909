import { closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aBatch, anEvent, put } from '../contract-documents.ts';
import { loadAll, loadIds } from '../contract-suite.ts';
import { StoreFailure } from '../contract.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { aDirectory } from './test-directory.ts';

const PAGE_BYTES = 8192;

test('a full disk refuses the commit that does not fit, keeps all others, and takes what fits again', async () => {
  using directory = aDirectory();
  await using store = await openSqliteStore({ directory: directory.path, pageCountMax: 100 });
  const term = await store.claim();
  const params = { blob: 'x'.repeat(20_000) };
  let written = 0;
  let failure: unknown;
  while (failure === undefined && written < 200) {
    try {
      await store.commit(
        aBatch(term, { upserts: [put(`res_${written}`, { params })], events: [anEvent(written + 1)] }),
      );
      written += 1;
    } catch (error) {
      failure = error;
    }
  }
  expect(failure).toBeInstanceOf(StoreFailure);
  expect((failure as StoreFailure).message).toBe(
    'The disk is full. Free some space; nothing that was acknowledged is lost.',
  );
  expect((failure as StoreFailure).cause).toMatchObject({ message: 'database or disk is full' });
  expect(written).toBeGreaterThan(5);
  const { meta, documents } = await loadAll(store);
  expect(documents).toHaveLength(written);
  expect(meta.eventSeq).toBe(written);
  await store.commit(aBatch(term, { meta }));
  expect((await loadAll(store)).meta).toEqual(meta);
});

test('after the disk was full, a store with room has everything that was acknowledged', async () => {
  using directory = aDirectory();
  const acknowledged: string[] = [];
  {
    await using store = await openSqliteStore({ directory: directory.path, pageCountMax: 400 });
    const term = await store.claim();
    const params = { blob: 'x'.repeat(50_000) };
    for (let index = 0; index < 100; index += 1) {
      const id = `res_${String(index).padStart(3, '0')}`;
      const events = [anEvent(index + 1)];
      await store.commit(aBatch(term, { upserts: [put(id, { params })], events })).then(
        () => acknowledged.push(id),
        () => {},
      );
    }
  }
  expect(acknowledged.length).toBeGreaterThan(10);
  expect(acknowledged.length).toBeLessThan(100);
  await using store = await openSqliteStore({ directory: directory.path });
  expect(await loadIds(store)).toEqual(acknowledged);
  await store.commit(aBatch(await store.claim(), { upserts: [put('res_more')] }));
  expect(await loadIds(store)).toEqual([...acknowledged, 'res_more']);
});

test.each([
  ['no database at all', (file: string) => writeFileSync(file, 'hello '.repeat(5_000))],
  ['a header that was written over', (file: string) => overwrite(file, 0, 200)],
  [
    'a first page that was written over behind the header',
    (file: string) => overwrite(file, 100, PAGE_BYTES - 100),
  ],
  [
    'a file that was cut off in its first page',
    (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 3_000)),
  ],
])('a damaged file is refused in one line and left as it is: %s', async (_what, damage) => {
  using directory = aDirectory();
  const file = await fill(directory.path, 10);
  damage(file);
  const before = readFileSync(file);
  const failure = await openSqliteStore({ directory: directory.path }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(StoreFailure);
  expect((failure as StoreFailure).message).toMatch(
    /^The database( file)? is damaged.*Restore a backup into a new data directory\.$/,
  );
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('damage in the middle of the file is told by the load and by no wrong document', async () => {
  using directory = aDirectory();
  const file = await fill(directory.path, 5_000);
  const { size } = statSync(file);
  for (let at = Math.floor(size / 3 / PAGE_BYTES) * PAGE_BYTES; at < size / 2; at += PAGE_BYTES)
    overwrite(file, at, PAGE_BYTES);
  await using store = await openSqliteStore({ directory: directory.path });
  await expect(loadAll(store)).rejects.toThrow(
    'The database is damaged. Restore a backup into a new data directory.',
  );
});

test('a data directory that cannot be one is refused with what to check', async () => {
  using directory = aDirectory();
  const file = join(directory.path, 'file');
  writeFileSync(file, '');
  for (const path of [file, join(file, 'below')]) {
    await expect(openSqliteStore({ directory: path })).rejects.toThrow(
      /cannot be opened\. Check that it is there/,
    );
  }
});

async function fill(directory: string, documents: number): Promise<string> {
  await using store = await openSqliteStore({ directory });
  const upserts = Array.from({ length: documents }, (_, index) => put(`res_${index}`));
  await store.commit(aBatch(await store.claim(), { upserts, events: [anEvent(1)] }));
  return join(directory, 'poolkeeper.db');
}

function overwrite(file: string, at: number, bytes: number): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(bytes, 0xa5), 0, bytes, at);
  closeSync(handle);
}
