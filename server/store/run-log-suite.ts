import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StoreFailure } from './contract.ts';
import type { Store } from './contract.ts';
import type { RunLogEntry } from './run-log-contract.ts';

type Place = AsyncDisposable & {
  open(): Promise<Store>;
  readonly backupPath: string;
  backUp?(): Promise<void>;
  openBackup(): Promise<Store>;
};

export function aLogEntry(seq: number, overrides: Partial<RunLogEntry> = {}): RunLogEntry {
  return {
    run: 'run_1',
    seq,
    at: 1_000 + seq,
    step: 0,
    name: 'clean',
    attempt: 1,
    stream: 'stdout',
    text: `line ${seq}\n`,
    total: 7 * seq,
    ...overrides,
  };
}

/** What every store promises of the log of runs. */
export function runLogContract(name: string, createPlace: () => Promise<Place>): void {
  describe(`${name}: the log of runs`, () => {
    let place: Place;
    let store: Store;
    beforeEach(async () => {
      place = await createPlace();
      store = await place.open();
    });
    afterEach(async () => {
      await store[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    });

    const seqsOf = async (run: string, after = 0, limit = 100): Promise<number[]> =>
      (await store.runLog.read({ run, after, limit })).map(({ seq }) => seq);

    test('is read back as it was added, run by run, page by page, also after a new start', async () => {
      await store.runLog.append([aLogEntry(1), aLogEntry(1, { run: 'run_2', stream: 'note' }), aLogEntry(2)]);
      await store.runLog.append([aLogEntry(3, { text: 'Ünï\u0000code\n' })]);
      await store[Symbol.asyncDispose]();
      store = await place.open();
      expect(await store.runLog.read({ run: 'run_1', after: 0, limit: 100 })).toEqual([
        aLogEntry(1),
        aLogEntry(2),
        aLogEntry(3, { text: 'Ünï\u0000code\n' }),
      ]);
      expect(await seqsOf('run_1', 1, 1)).toEqual([2]);
      expect(await seqsOf('run_2')).toEqual([1]);
      expect(await seqsOf('run_3')).toEqual([]);
    });

    test('tells where the log of a run ends', async () => {
      expect(await store.runLog.endOf('run_1')).toEqual({ seq: 0, total: 0 });
      await store.runLog.append([aLogEntry(1), aLogEntry(2)]);
      expect(await store.runLog.endOf('run_1')).toEqual({ seq: 2, total: 14 });
    });

    test('takes an entry that is added again as the one that is there', async () => {
      await store.runLog.append([aLogEntry(1)]);
      await store.runLog.append([aLogEntry(1, { text: 'other' }), aLogEntry(2)]);
      expect(await store.runLog.read({ run: 'run_1', after: 0, limit: 9 })).toEqual([
        aLogEntry(1),
        aLogEntry(2),
      ]);
    });

    test('is forgotten with the history of its time, a bounded number at once', async () => {
      await store.runLog.append([1, 2, 3, 4].map((seq) => aLogEntry(seq)));
      const input = { eventsBelow: 0, endedBefore: 1_004, limit: 2 };
      expect(await store.prune(input)).toBe(2);
      expect(await seqsOf('run_1')).toEqual([3, 4]);
      expect(await store.prune(input)).toBe(1);
      expect(await store.prune(input)).toBe(0);
      expect(await seqsOf('run_1')).toEqual([4]);
      expect(await store.runLog.endOf('run_1')).toEqual({ seq: 4, total: 28 });
    });

    test('is in a backup', async () => {
      await store.runLog.append([aLogEntry(1)]);
      await (place.backUp === undefined ? store.backup(place.backupPath) : place.backUp());
      await using copy = await place.openBackup();
      expect(await copy.runLog.read({ run: 'run_1', after: 0, limit: 9 })).toEqual([aLogEntry(1)]);
    });

    test('takes nothing any more once the store is closed', async () => {
      await store[Symbol.asyncDispose]();
      await expect(store.runLog.append([aLogEntry(1)])).rejects.toThrow(StoreFailure);
      await expect(store.runLog.read({ run: 'run_1', after: 0, limit: 1 })).rejects.toThrow(StoreFailure);
    });
  });
}
