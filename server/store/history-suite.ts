import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aBatch, anEndedLease, anEndedRun, anEvent, aTurnover } from './contract-documents.ts';
import type { StorePlace } from './contract-suite.ts';
import type { CopyableStore, HistoryItems } from './contract.ts';
import { aLogEntry } from './run-log-suite.ts';

/** More than any store reads at once. */
const MANY = 1_203;

/** A place whose store can be copied. */
export type CopyablePlace = Omit<StorePlace, 'open'> & { open(): Promise<CopyableStore> };
type Read = { [K in keyof HistoryItems]: HistoryItems[K][] };

/** Everything that is not live, as a store reads it out. */
export async function readAllHistory(store: CopyableStore): Promise<Read> {
  const read: Read = { event: [], endedLease: [], endedRun: [], turnover: [], runLog: [] };
  for await (const { part, items } of store.readHistory()) {
    expect(items.length, 'a page is never empty').toBeGreaterThan(0);
    (read[part] as unknown[]).push(...items);
  }
  return read;
}

/** What every store promises to whoever copies its history. */
export function historyContract(name: string, createPlace: () => Promise<CopyablePlace>): void {
  describe(`the whole history of ${name}`, () => {
    let place: CopyablePlace;
    let store: CopyableStore;
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

    test('of a new store is nothing', async () => {
      expect(await readAllHistory(store)).toEqual({
        event: [],
        endedLease: [],
        endedRun: [],
        turnover: [],
        runLog: [],
      });
    });

    test('is read in the order in which it was written, page after page, also after a new start', async () => {
      // What ended has no id or instant that would say its place.
      const numbers = Array.from({ length: MANY }, (_, index) => MANY - index);
      const ended = numbers.map((number) => anEndedLease(`lse_${number}`, { endedAt: 1_000 + number }));
      const runs = numbers.map((number) => anEndedRun(`run_${number}`));
      const events = numbers.map((_, index) => anEvent(index + 1));
      const records = ['res_b', 'res_B', 'res_a'].flatMap((resource) =>
        [1, 2, 3].map((number) => aTurnover(number, { resource })),
      );
      const log = [aLogEntry(1), aLogEntry(1, { run: 'run_0' }), aLogEntry(2, { text: 'Ünï\u0000code\n' })];
      for (let at = 0; at < MANY; at += 400) {
        const slice = <T>(all: readonly T[]): readonly T[] => all.slice(at, at + 400);
        await store.commit(aBatch(term, { ended: slice(ended), runs: slice(runs), events: slice(events) }));
      }
      for (const record of records) await store.commit(aBatch(term, { records: [record] }));
      for (const entry of log) await store.runLog.append([entry]);
      const expected = {
        event: events,
        endedLease: ended,
        endedRun: runs,
        turnover: [...records.slice(3, 6), ...records.slice(6), ...records.slice(0, 3)],
        runLog: [log[1], log[0], log[2]],
      };
      expect(await readAllHistory(store)).toEqual(expected);
      await place.crash(store);
      store = await place.open();
      expect(await readAllHistory(store)).toEqual(expected);
    });

    test('has a page and its end also where a page is just full', async () => {
      const events = Array.from({ length: 1_000 }, (_, index) => anEvent(index + 1));
      await store.commit(aBatch(term, { events }));
      expect((await readAllHistory(store)).event).toEqual(events);
    });
  });
}
