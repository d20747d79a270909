import { DOCUMENT_KINDS } from '@poolkeeper/core';
import type { DocumentKind, WorldMeta } from '@poolkeeper/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  aBatch,
  aHeldLease,
  aJob,
  anEndedLease,
  anEvent,
  aPool,
  aProvider,
  anUpkeep,
  SOME_ROUNDS,
  aCredential,
  aReceipt,
  aWaiter,
  aResource,
  aToken,
  NOW,
  put,
} from './contract-documents.ts';
import { StaleTerm, StoreFailure } from './contract.ts';
import type { Batch, EndedLeaseQuery, EventQuery, Store, StoredDocument } from './contract.ts';
import { runLogContract } from './run-log-suite.ts';

/** Somewhere that a store keeps its data, for one test. */
export type StorePlace = AsyncDisposable & {
  /** Opens the store of the place. An earlier one is disposed by then. */
  open(): Promise<Store>;
  /** Forgets a store as a crash does, without any goodbye, so that `open` works. */
  crash(store: Store): Promise<void>;
  /** A path for a backup, and the store in it. */
  readonly backupPath: string;
  /** Makes the backup, where that is left to the tools of a database. */
  backUp?(): Promise<void>;
  openBackup(): Promise<Store>;
};

const MANY = 5_000;

/** What every store promises. Each test has a place of its own. */
export function storeContract(name: string, createPlace: () => Promise<StorePlace>): void {
  runLogContract(name, createPlace);
  describe(name, () => {
    let place: StorePlace;
    let store: Store;
    let term: number;
    beforeEach(async () => {
      place = await createPlace();
      store = await place.open();
      term = await store.claim();
    });
    afterEach(async () => {
      await store[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    });

    const commit = (overrides: Partial<Batch> = {}) => store.commit(aBatch(term, overrides));
    async function reopen(): Promise<void> {
      await store[Symbol.asyncDispose]();
      store = await place.open();
    }
    async function crash(): Promise<void> {
      await place.crash(store);
      store = await place.open();
    }
    const eventSeqs = async (query: Partial<EventQuery>) =>
      (await store.listEvents({ after: 0, limit: MANY, ...query })).map(({ seq }) => seq);
    const endedIds = async (query: Partial<EndedLeaseQuery>) =>
      (await store.listEndedLeases({ limit: MANY, ...query })).items.map(({ id }) => id);

    describe('the writer', () => {
      test('a new store has the counters of an empty world and no documents', async () => {
        expect(await loadAll(store)).toEqual({
          meta: { instant: 0, eventSeq: 0, leaseSeq: 0 },
          documents: [],
        });
      });

      test('each claim answers a higher term, also after the store was opened again', async () => {
        const second = await store.claim();
        expect(second).toBeGreaterThan(term);
        await crash();
        expect(await store.claim()).toBeGreaterThan(second);
      });

      test('a commit under an older term is refused and leaves nothing', async () => {
        const newer = await store.claim();
        await expect(commit({ upserts: [put('res_1')], events: [anEvent(1)] })).rejects.toThrow(StaleTerm);
        await store.commit(aBatch(newer, { upserts: [put('res_2')] }));
        expect(await loadIds(store)).toEqual(['res_2']);
        expect(await eventSeqs({})).toEqual([]);
      });

      test('a commit under a term that nobody claimed is refused', async () => {
        await expect(store.commit(aBatch(term + 1, { upserts: [put('res_1')] }))).rejects.toThrow(StaleTerm);
        expect(await loadIds(store)).toEqual([]);
      });

      test('calls that do not wait for each other are written in their order', async () => {
        await Promise.all(
          Array.from({ length: 50 }, (_, index) =>
            commit({ upserts: [put('res_1', { version: index })], events: [anEvent(index + 1)] }),
          ),
        );
        expect((await loadAll(store)).documents).toEqual([resource(put('res_1', { version: 49 }))]);
        expect(await eventSeqs({})).toHaveLength(50);
      });

      test('a batch that was sent before the failure of an earlier one was seen fails with it', async () => {
        const newer = await store.claim();
        const results = await Promise.allSettled([
          commit({ upserts: [put('res_1')] }),
          store.commit(aBatch(newer, { upserts: [put('res_2')] })),
        ]);
        expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
        await store.commit(aBatch(newer, { upserts: [put('res_3')] }));
        expect(await loadIds(store)).toEqual(['res_3']);
      });
    });

    describe('documents', () => {
      test('each kind is loaded as it was committed, kinds in their order and ids ascending', async () => {
        const upserts: Batch['upserts'] = [
          { kind: 'receipt', id: 'a"\n\t key', document: aReceipt('a"\n\t key') },
          { kind: 'lease', id: 'lse_2', document: aHeldLease('lse_2') },
          { kind: 'lease', id: 'lse_1', document: aHeldLease('lse_1') },
          { kind: 'job', id: 'job_1', document: aJob('job_1') },
          { kind: 'resource', id: 'res_1', document: aResource('res_1') },
          { kind: 'token', id: 'tok_1', document: aToken('tok_1') },
          { kind: 'pool', id: 'web', document: { ...aPool('web'), rounds: SOME_ROUNDS } },
          { kind: 'upkeep', id: 'a.B_c', document: anUpkeep('a.B_c') },
          { kind: 'provider', id: 'mine', document: aProvider('mine') },
          { kind: 'credential', id: 'res_1', document: aCredential('res_1') },
          { kind: 'waiter', id: 'web\u0000free', document: aWaiter('web\u0000free') },
        ];
        await commit({ upserts });
        const expected = upserts
          .toSorted(
            (a, b) =>
              DOCUMENT_KINDS.indexOf(a.kind) - DOCUMENT_KINDS.indexOf(b.kind) || (a.id < b.id ? -1 : 1),
          )
          .map(({ kind, document }) => ({ kind, document }));
        expect((await loadAll(store)).documents).toEqual(expected);
        await crash();
        expect((await loadAll(store)).documents).toEqual(expected);
      });

      test('the last of several changes counts, and what was deleted is gone', async () => {
        await commit({ upserts: [put('res_1'), put('res_2'), put('res_3')] });
        await commit({
          upserts: [put('res_1', { version: 2 })],
          deletes: [{ kind: 'resource', id: 'res_2' }],
        });
        await crash();
        await commitAgain({
          upserts: [put('res_1', { version: 3 })],
          deletes: [{ kind: 'resource', id: 'res_3' }],
        });
        expect((await loadAll(store)).documents).toEqual([resource(put('res_1', { version: 3 }))]);
        await reopen();
        expect((await loadAll(store)).documents).toEqual([resource(put('res_1', { version: 3 }))]);
      });

      test('what came and went comes back when it is committed again', async () => {
        await commit({ upserts: [put('res_1')] });
        await commit({ deletes: [{ kind: 'resource', id: 'res_1' }] });
        await commit({ upserts: [put('res_1', { version: 7 })] });
        expect((await loadAll(store)).documents).toEqual([resource(put('res_1', { version: 7 }))]);
      });

      test('deleting what is not there changes nothing', async () => {
        await commit({ upserts: [put('res_1')], deletes: [{ kind: 'lease', id: 'res_1' }] });
        expect(await loadIds(store)).toEqual(['res_1']);
      });

      test('the counters are those of the last commit, also of one without documents', async () => {
        const meta: WorldMeta = { instant: NOW + 5, eventSeq: 9_007_199_254_740_000, leaseSeq: 12 };
        await commit({ meta });
        expect((await loadAll(store)).meta).toEqual(meta);
        await reopen();
        expect((await loadAll(store)).meta).toEqual(meta);
        await commitAgain({ meta: { ...meta, instant: NOW + 6 } });
        await crash();
        expect((await loadAll(store)).meta).toEqual({ ...meta, instant: NOW + 6 });
      });

      test(`${MANY} documents come in pages, none lost and none twice, while half of them changed`, async () => {
        const id = (index: number) => `res_${String(index).padStart(6, '0')}`;
        await commit({ upserts: Array.from({ length: MANY }, (_, index) => put(id(index))) });
        await crash();
        await commitAgain({
          upserts: Array.from({ length: MANY / 2 }, (_, index) => put(id(index * 2), { version: 2 })),
          deletes: [{ kind: 'resource', id: id(1) }],
        });
        const { meta, documents } = await store.load();
        expect(meta.instant).toBe(NOW);
        let pages = 0;
        const versions = new Map<string, number>();
        for await (const page of documents) {
          pages += 1;
          for (const { document } of page as unknown as { document: { id: string; version: number } }[]) {
            expect(versions.has(document.id)).toBe(false);
            versions.set(document.id, document.version);
          }
        }
        expect(pages).toBeGreaterThan(1);
        expect([...versions.keys()]).toEqual(
          Array.from({ length: MANY }, (_, index) => id(index)).filter((each) => each !== id(1)),
        );
        expect(versions.get(id(2))).toBe(2);
        expect(versions.get(id(3))).toBe(1);
      });

      test('a reader may stop in the middle of a load and begin again', async () => {
        await commit({ upserts: Array.from({ length: MANY }, (_, index) => put(`res_${index}`)) });
        for await (const page of (await store.load()).documents) {
          expect(page.length).toBeGreaterThan(0);
          break;
        }
        expect(await loadIds(store)).toHaveLength(MANY);
      });

      test('any text comes back as it was', async () => {
        const texts = [
          '',
          'Grüße',
          '機械',
          '🚀 \u{1F9EA}',
          'a\u0000b',
          '\u2028\u2029',
          '"\\\n\r\t',
          'x'.repeat(1_000),
        ];
        const document = aResource('res_🚀', {
          labels: Object.fromEntries(texts.map((text, at) => [`k${at}`, text])),
        });
        await commit({
          upserts: [{ kind: 'resource', id: 'res_🚀', document }],
          events: [anEvent(1, { data: { texts } })],
        });
        await crash();
        expect((await loadAll(store)).documents).toEqual([{ kind: 'resource', document }]);
        expect((await store.listEvents({ after: 0, limit: 1 }))[0]?.data).toEqual({ texts });
      });

      test('ids ascend by code point', async () => {
        await commit({ upserts: ['\u{1F680}', '\uFFFD', 'b', 'B', 'é'].map((id) => put(id)) });
        await reopen();
        await commitAgain({ upserts: ['\u{1F681}', '\uFFFC', 'a'].map((id) => put(id)) });
        expect(await loadIds(store)).toEqual([
          'B',
          'a',
          'b',
          'é',
          '\uFFFC',
          '\uFFFD',
          '\u{1F680}',
          '\u{1F681}',
        ]);
      });

      test('a document of several megabytes is stored', async () => {
        const params = { blob: 'ä'.repeat(3_000_000) };
        await commit({ upserts: [put('res_1', { params })] });
        await crash();
        expect((await loadAll(store)).documents).toEqual([resource(put('res_1', { params }))]);
      });
    });

    describe('leases that are over', () => {
      test('one is found by its id, and none by another', async () => {
        await commit({ ended: [anEndedLease('lse_1'), anEndedLease('lse_2', { holder: 'ben' })] });
        expect(await store.findEndedLease('lse_2')).toEqual(anEndedLease('lse_2', { holder: 'ben' }));
        expect(await store.findEndedLease('lse_3')).toBeUndefined();
        await crash();
        expect(await store.findEndedLease('lse_1')).toEqual(anEndedLease('lse_1'));
      });

      test('the last ended comes first, page after page', async () => {
        const ids = Array.from({ length: 25 }, (_, index) => `lse_${25 - index}`);
        for (const id of ids) await commit({ ended: [anEndedLease(id)] });
        const seen: string[] = [];
        let cursor: string | undefined;
        for (let pages = 1; ; pages += 1) {
          const page = await store.listEndedLeases({
            limit: 10,
            ...(cursor === undefined ? {} : { cursor }),
          });
          seen.push(...page.items.map(({ id }) => id));
          if (pages === 1) await commit({ ended: [anEndedLease('lse_late')] });
          if (page.next === null) {
            expect(pages).toBe(3);
            break;
          }
          cursor = page.next;
        }
        expect(seen).toEqual(ids.toReversed());
      });

      test('a page that holds the rest has no next one', async () => {
        await commit({ ended: [anEndedLease('lse_1'), anEndedLease('lse_2')] });
        expect(await store.listEndedLeases({ limit: 2 })).toMatchObject({
          items: [{ id: 'lse_2' }, { id: 'lse_1' }],
          next: null,
        });
        expect((await store.listEndedLeases({ limit: 1 })).next).not.toBeNull();
        for (const filter of [{}, { holder: 'ann' }, { pool: 'web', holder: 'ann' }]) {
          const page = await store.listEndedLeases({ limit: 5, cursor: 'nonsense', ...filter });
          expect(page).toEqual({ items: [], next: null });
        }
      });

      test('holder and pool narrow, alone and together, across pages', async () => {
        const ended = Array.from({ length: 1_500 }, (_, index) =>
          anEndedLease(`lse_${index}`, {
            holder: index % 3 === 0 ? 'ann' : 'ben',
            pools: index % 700 === 0 ? ['web', 'rare'] : ['web'],
          }),
        );
        await commit({ ended });
        const expected = (test: (lease: (typeof ended)[number]) => boolean) =>
          ended
            .filter(test)
            .map(({ id }) => id)
            .toReversed();
        const isIn = (lease: (typeof ended)[number], pool: string) =>
          lease.items.some((item) => item.pool === pool);
        expect(await endedIds({ holder: 'ann' })).toEqual(expected(({ holder }) => holder === 'ann'));
        expect(await endedIds({ pool: 'rare' })).toEqual(['lse_1400', 'lse_700', 'lse_0']);
        expect(await endedIds({ pool: 'web' })).toHaveLength(1_500);
        expect(await endedIds({ pool: 'rare', holder: 'ann' })).toEqual(
          expected((lease) => isIn(lease, 'rare') && lease.holder === 'ann'),
        );
        expect(await endedIds({ pool: 'none' })).toEqual([]);
        expect(await endedIds({ holder: 'an' })).toEqual([]);
        const first = await store.listEndedLeases({ pool: 'rare', limit: 2 });
        const second = await store.listEndedLeases({ pool: 'rare', limit: 2, cursor: String(first.next) });
        expect(first.items.map(({ id }) => id)).toEqual(['lse_1400', 'lse_700']);
        expect(second).toMatchObject({ items: [{ id: 'lse_0' }], next: null });
      });
    });

    describe('events', () => {
      test('they come back as they were, in order, after a number and up to a limit', async () => {
        const events = Array.from({ length: 30 }, (_, index) => anEvent(index + 1, { data: { index } }));
        for (let at = 0; at < 30; at += 10) await commit({ events: events.slice(at, at + 10) });
        expect(await store.listEvents({ after: 0, limit: 100 })).toEqual(events);
        expect(await eventSeqs({ after: 12, limit: 5 })).toEqual([13, 14, 15, 16, 17]);
        expect(await eventSeqs({ after: 30 })).toEqual([]);
        await crash();
        expect(await store.listEvents({ after: 0, limit: 100 })).toEqual(events);
      });

      test('pool, resource, lease and holder narrow, alone and together', async () => {
        const events = Array.from({ length: 3_000 }, (_, index) =>
          anEvent(index + 1, {
            pool: index % 2 === 0 ? 'web' : 'boards',
            resource: `res_${index % 1_000}`,
            lease: index % 5 === 0 ? null : `lse_${Math.floor(index / 10)}`,
            holder: index % 5 === 0 ? null : index % 3 === 0 ? 'ann' : 'web',
          }),
        );
        for (let at = 0; at < events.length; at += 500) await commit({ events: events.slice(at, at + 500) });
        const expected = (test: (event: (typeof events)[number]) => boolean) =>
          events.filter(test).map(({ seq }) => seq);
        expect(await eventSeqs({ resource: 'res_7' })).toEqual([8, 1_008, 2_008]);
        expect(await eventSeqs({ resource: 'res_7', after: 8, limit: 1 })).toEqual([1_008]);
        expect(await eventSeqs({ lease: 'lse_250' })).toEqual(expected(({ lease }) => lease === 'lse_250'));
        expect(await eventSeqs({ holder: 'ann' })).toEqual(expected(({ holder }) => holder === 'ann'));
        expect(await eventSeqs({ pool: 'web' })).toEqual(expected(({ pool }) => pool === 'web'));
        expect(await eventSeqs({ pool: 'web', holder: 'web' })).toEqual(
          expected(({ pool, holder }) => pool === 'web' && holder === 'web'),
        );
        expect(await eventSeqs({ pool: 'boards', resource: 'res_8' })).toEqual([]);
        expect(await eventSeqs({ resource: 'res_' })).toEqual([]);
        expect(await eventSeqs({ pool: 'web', after: 2_990 })).toEqual([2_991, 2_993, 2_995, 2_997, 2_999]);
      });
    });

    describe('pruning', () => {
      test('old events and old leases go, at most as many as asked for, and the rest is found as before', async () => {
        await commit({
          events: Array.from({ length: 2_000 }, (_, index) =>
            anEvent(index + 1, { resource: `res_${index % 2}` }),
          ),
          ended: Array.from({ length: 1_200 }, (_, index) =>
            anEndedLease(`lse_${index}`, { endedAt: NOW + index }),
          ),
        });
        expect(await store.prune({ eventsBelow: 1_501, endedBefore: NOW + 1_000, limit: 1_000 })).toBe(1_000);
        expect((await eventSeqs({}))[0]).toBe(1_001);
        expect(await endedIds({})).toHaveLength(1_200);
        expect(await store.prune({ eventsBelow: 1_501, endedBefore: NOW + 1_000, limit: 1_000 })).toBe(1_000);
        expect(await store.prune({ eventsBelow: 1_501, endedBefore: NOW + 1_000, limit: 1_000 })).toBe(500);
        expect(await store.prune({ eventsBelow: 1_501, endedBefore: NOW + 1_000, limit: 1_000 })).toBe(0);
        expect(await eventSeqs({ resource: 'res_0' })).toEqual(
          Array.from({ length: 250 }, (_, index) => 1_501 + index * 2),
        );
        expect(await endedIds({ holder: 'ann' })).toEqual(
          Array.from({ length: 200 }, (_, index) => `lse_${1_199 - index}`),
        );
        expect(await store.findEndedLease('lse_999')).toBeUndefined();
        await reopen();
        expect(await eventSeqs({})).toHaveLength(500);
      });

      test('history that is all gone can begin anew', async () => {
        await commit({ events: [anEvent(1), anEvent(2)], ended: [anEndedLease('lse_1')] });
        expect(await store.prune({ eventsBelow: 100, endedBefore: NOW + 1, limit: 10 })).toBe(3);
        await commit({ events: [anEvent(3)], ended: [anEndedLease('lse_2')] });
        expect(await eventSeqs({ pool: 'web' })).toEqual([3]);
        expect(await endedIds({ holder: 'ann' })).toEqual(['lse_2']);
        expect(await store.prune({ eventsBelow: 1, endedBefore: 0, limit: 10 })).toBe(0);
      });
    });

    describe('backup', () => {
      test('a backup opens as a store with everything in it, and later commits are not in it', async () => {
        await commit({ upserts: [put('res_1'), { kind: 'pool', id: 'web', document: aPool('web') }] });
        await commit({ ended: [anEndedLease('lse_1')], events: [anEvent(1)] });
        const before = await loadAll(store);
        await backUp(place, store);
        await commit({ upserts: [put('res_2')], events: [anEvent(2)] });
        await using copy = await place.openBackup();
        expect(await loadAll(copy)).toEqual(before);
        expect(await copy.findEndedLease('lse_1')).toEqual(anEndedLease('lse_1'));
        expect((await copy.listEvents({ after: 0, limit: 10 })).map(({ seq }) => seq)).toEqual([1]);
        expect(await copy.claim()).toBeGreaterThan(term);
      });

      test('a backup that exists is not written over', async () => {
        await backUp(place, store);
        await commit({ upserts: [put('res_1')] });
        await expect(backUp(place, store)).rejects.toThrow(/exists/);
        await using copy = await place.openBackup();
        expect(await loadIds(copy)).toEqual([]);
      });

      test('commits go on during a backup', async () => {
        await commit({ upserts: Array.from({ length: MANY }, (_, index) => put(`res_${index}`)) });
        const backup = backUp(place, store);
        for (let version = 2; version < 12; version += 1)
          await commit({ upserts: [put('res_0', { version })] });
        await backup;
        await using copy = await place.openBackup();
        expect(await loadIds(copy)).toHaveLength(MANY);
        expect(await loadIds(store)).toHaveLength(MANY);
      });
    });

    test('a store that is closed says so', async () => {
      await store[Symbol.asyncDispose]();
      await expect(store.claim()).rejects.toThrow(StoreFailure);
      await expect(commit()).rejects.toThrow(StoreFailure);
      await expect(store.load()).rejects.toThrow(StoreFailure);
      await expect(store.listEvents({ after: 0, limit: 1 })).rejects.toThrow(StoreFailure);
    });

    /** Commits as the writer of a store that was opened again. */
    async function commitAgain(overrides: Partial<Batch>): Promise<void> {
      term = await store.claim();
      await commit(overrides);
    }
  });
}

/** Makes the backup of a place, as people do. */
export async function backUp(place: Pick<StorePlace, 'backUp' | 'backupPath'>, store: Store): Promise<void> {
  await (place.backUp === undefined ? store.backup(place.backupPath) : place.backUp());
}

export async function loadAll(store: Store): Promise<{ meta: WorldMeta; documents: StoredDocument[] }> {
  const { meta, documents } = await store.load();
  const all: StoredDocument[] = [];
  for await (const page of documents) all.push(...page);
  return { meta, documents: all };
}

/** The ids of every document but pools, which have none. */
export async function loadIds(store: Store): Promise<string[]> {
  const { documents } = await loadAll(store);
  return documents.flatMap(({ document }) => ('id' in document ? [document.id] : []));
}

function resource(upsert: Batch['upserts'][number]): { kind: DocumentKind; document: unknown } {
  return { kind: upsert.kind, document: upsert.document };
}
