import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aBatch, anEndedLease, anEndedRun, anEvent, aTurnover, NOW } from './contract-documents.ts';
import { backUp } from './contract-suite.ts';
import type { StorePlace } from './contract-suite.ts';
import { StaleTerm } from './contract.ts';
import type { Batch, RunQuery, Store } from './contract.ts';

const MANY = 5_000;

/** What every store promises of turnovers: the runs that are over, the records, and the keys that signed them. */
export function turnoverContract(name: string, createPlace: () => Promise<StorePlace>): void {
  describe(`turnovers in ${name}`, () => {
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

    const commit = (overrides: Partial<Batch>) => store.commit(aBatch(term, overrides));
    async function reopen(): Promise<void> {
      await store[Symbol.asyncDispose]();
      store = await place.open();
      term = await store.claim();
    }
    async function crash(): Promise<void> {
      await place.crash(store);
      store = await place.open();
      term = await store.claim();
    }
    const runIds = async (query: Partial<RunQuery>) =>
      (await store.listRuns({ limit: MANY, ...query })).items.map(({ id }) => id);
    const numbers = async (resource: string, after?: number, limit = MANY) => {
      const query = { resource, limit, ...(after === undefined ? {} : { after }) };
      return (await store.listTurnovers(query)).map(({ number }) => number);
    };

    describe('runs that are over', () => {
      test('one is found by its id as it was, and none by another', async () => {
        await commit({ runs: [anEndedRun('run_1'), anEndedRun('run_2', { status: 'failed' })] });
        expect(await store.findRun('run_2')).toEqual(anEndedRun('run_2', { status: 'failed' }));
        expect(await store.findRun('run_3')).toBeUndefined();
        await crash();
        expect(await store.findRun('run_1')).toEqual(anEndedRun('run_1'));
        await reopen();
        expect(await store.findRun('run_1')).toEqual(anEndedRun('run_1'));
      });

      test('the last ended comes first, page after page, also over an opening in between', async () => {
        const ids = Array.from({ length: 25 }, (_, index) => `run_${25 - index}`);
        for (const id of ids.slice(0, 10))
          await commit({ runs: [anEndedRun(id)], ended: [anEndedLease(id)] });
        await crash();
        for (const id of ids.slice(10, 20)) await commit({ runs: [anEndedRun(id)] });
        await reopen();
        for (const id of ids.slice(20)) await commit({ runs: [anEndedRun(id)] });
        const first = await store.listRuns({ limit: 20 });
        await commit({ runs: [anEndedRun('run_late')] });
        const second = await store.listRuns({ limit: 20, cursor: String(first.next) });
        expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids.toReversed());
        expect(second.next).toBeNull();
        expect(await store.listRuns({ limit: 5, cursor: 'nonsense' })).toEqual({ items: [], next: null });
        expect((await store.listEndedLeases({ limit: MANY })).items).toHaveLength(10);
      });

      test('resource and pool narrow, alone and together', async () => {
        const runs = Array.from({ length: 1_500 }, (_, index) =>
          anEndedRun(`run_${index}`, {
            resource: `res_${index % 700}`,
            pool: index % 3 === 0 ? 'web' : 'boards',
          }),
        );
        await commit({ runs });
        expect(await runIds({ resource: 'res_7' })).toEqual(['run_1407', 'run_707', 'run_7']);
        expect(await runIds({ resource: 'res_7', pool: 'web' })).toEqual(['run_1407']);
        expect(await runIds({ pool: 'web' })).toHaveLength(500);
        expect(await runIds({ pool: 'none' })).toEqual([]);
        expect(await runIds({ resource: 'res_' })).toEqual([]);
        const first = await store.listRuns({ resource: 'res_7', limit: 2 });
        const second = await store.listRuns({ resource: 'res_7', limit: 2, cursor: String(first.next) });
        expect(second).toMatchObject({ items: [{ id: 'run_7' }], next: null });
      });

      test('they are pruned as leases are, all within one limit', async () => {
        await commit({
          events: [anEvent(1), anEvent(2)],
          ended: [anEndedLease('lse_1'), anEndedLease('lse_2', { endedAt: NOW + 500 })],
          runs: Array.from({ length: 10 }, (_, index) =>
            anEndedRun(`run_${index}`, { endedAt: NOW + index }),
          ),
        });
        expect(await store.prune({ eventsBelow: 3, endedBefore: NOW + 5, limit: 6 })).toBe(6);
        expect(await store.prune({ eventsBelow: 3, endedBefore: NOW + 5, limit: 6 })).toBe(2);
        expect(await store.prune({ eventsBelow: 3, endedBefore: NOW + 5, limit: 6 })).toBe(0);
        expect(await runIds({ resource: 'res_1' })).toEqual(['run_9', 'run_8', 'run_7', 'run_6', 'run_5']);
        expect(await store.findRun('run_4')).toBeUndefined();
      });
    });

    describe('records', () => {
      test('those of a resource come back as they were, ascending, after a number and up to a limit', async () => {
        const foreign = aTurnover(2, { resource: 'res_10' });
        await commit({ records: [aTurnover(1), aTurnover(1, { resource: 'res_10' })] });
        await commit({ records: [aTurnover(2), foreign, aTurnover(3)] });
        expect(await store.listTurnovers({ resource: 'res_1', limit: 10 })).toEqual(
          [1, 2, 3].map((n) => aTurnover(n)),
        );
        expect(await numbers('res_1', 1, 1)).toEqual([2]);
        expect(await numbers('res_1', 3)).toEqual([]);
        expect(await numbers('res_')).toEqual([]);
        await crash();
        await commit({ records: Array.from({ length: 20 }, (_, index) => aTurnover(index + 4)) });
        expect(await numbers('res_1')).toEqual(Array.from({ length: 23 }, (_, index) => index + 1));
        await reopen();
        expect(await store.listTurnovers({ resource: 'res_10', after: 1, limit: 10 })).toEqual([foreign]);
      });

      test('they are the proof: pruning leaves them', async () => {
        await commit({ records: [aTurnover(1)], runs: [anEndedRun('run_1')], events: [anEvent(1)] });
        expect(await store.prune({ eventsBelow: 9, endedBefore: NOW * 2, limit: 100 })).toBe(2);
        expect(await numbers('res_1')).toEqual([1]);
      });

      test('a batch that is refused leaves neither records nor runs', async () => {
        const newer = await store.claim();
        await expect(commit({ records: [aTurnover(1)], runs: [anEndedRun('run_1')] })).rejects.toThrow(
          StaleTerm,
        );
        await store.commit(aBatch(newer, { records: [aTurnover(2)] }));
        expect(await numbers('res_1')).toEqual([2]);
        expect(await runIds({})).toEqual([]);
      });

      test('a backup has them, with the runs', async () => {
        await commit({ records: [aTurnover(1)], runs: [anEndedRun('run_1')] });
        await backUp(place, store);
        await commit({ records: [aTurnover(2)] });
        await using copy = await place.openBackup();
        expect(await copy.listTurnovers({ resource: 'res_1', limit: 10 })).toEqual([aTurnover(1)]);
        expect(await copy.findRun('run_1')).toEqual(anEndedRun('run_1'));
      });
    });

    describe('keys', () => {
      const OLD = { x: 'old', validFrom: NOW, validUntil: NOW + 5 };
      const NEW = { x: 'new', validFrom: NOW + 5, validUntil: null };

      test('each is kept once, as it was kept last, the first valid one first', async () => {
        expect(await store.listKeys()).toEqual([]);
        await store.keepKeys([{ ...OLD, validUntil: null }]);
        await store.keepKeys([NEW, OLD]);
        expect(await store.listKeys()).toEqual([OLD, NEW]);
        await crash();
        expect(await store.listKeys()).toEqual([OLD, NEW]);
      });

      test('a backup has them, so that its records can be verified', async () => {
        await store.keepKeys([OLD]);
        await backUp(place, store);
        await store.keepKeys([NEW]);
        await using copy = await place.openBackup();
        expect(await copy.listKeys()).toEqual([OLD]);
      });
    });
  });
}
