import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { waitFor } from '../testing/wait-for.ts';
import { aBatch, aPool, put } from './contract-documents.ts';
import { loadIds } from './contract-suite.ts';
import { StaleTerm, StoreFailure } from './contract.ts';
import type { Batch } from './contract.ts';
import { WentBack } from './shared-contract.ts';
import type { DocumentChange, Halt, ReplicaCard, SharedStore, WorldChanges } from './shared-contract.ts';

/** Somewhere that several stores share, for one test. */
export type SharedPlace = AsyncDisposable & {
  /** A store on the place beside those that are open; the place disposes of it at its end. */
  open(): Promise<SharedStore>;
  /** Lets time pass by the clock of the place. */
  pass(ms: number): Promise<void>;
  /** Has the place lose its last batches, but for what they changed: this one is the last then. */
  goBackTo(batch: number): Promise<void>;
  /** Has the place forget what was deleted by batches up to this one, as time does. */
  forgetDeleted(upTo: number): Promise<void>;
};

/** Longer than any test. Milliseconds. */
const LONG_MS = 600_000;
const SHORT_MS = 30;
const MANY = 5_000;
const ANN: ReplicaCard = { id: 'rep_ann', name: 'ann', address: '10.0.0.1:7421', version: '1.2.3' };
const BEN: ReplicaCard = { id: 'rep_ben', name: 'ben', address: '10.0.0.2:7421', version: '1.2.4' };
const HALT: Halt = { at: 5, by: 'ben', seen: { term: 3, batch: 9 }, found: { term: 3, batch: 7 } };

/** What every store that replicas share promises, beside what `storeContract` has. Each test has a place of its own. */
export function sharedContract(name: string, createPlace: () => Promise<SharedPlace>): void {
  describe(`${name}, shared`, () => {
    let place: SharedPlace;
    /** Two replicas, each with a store of its own. */
    let ann: SharedStore;
    let ben: SharedStore;
    beforeEach(async () => {
      place = await createPlace();
      ann = await place.open();
      ben = await place.open();
    });
    afterEach(() => place[Symbol.asyncDispose]());

    async function take(store: SharedStore, replica: ReplicaCard, forMs = LONG_MS): Promise<number> {
      const { term, keeper } = await store.acquire({ replica, forMs });
      expect(keeper?.id).toBe(replica.id);
      return term;
    }

    describe('the leadership', () => {
      test('nobody has a new store', async () => {
        const { now, ...leadership } = await ann.findLeadership();
        expect(leadership).toEqual({ term: 0, keeper: null, remainingMs: 0, batch: 0, halt: null });
        expect(now).toBeGreaterThan(0);
      });

      test('who takes it has it for its time, and everybody sees who', async () => {
        const taken = await ann.acquire({ replica: ANN, forMs: LONG_MS });
        expect(taken).toMatchObject({ term: 1, keeper: ANN, batch: 0, halt: null });
        expect(taken.remainingMs).toBeGreaterThan(LONG_MS / 2);
        expect(taken.remainingMs).toBeLessThanOrEqual(LONG_MS);
        expect(await ben.findLeadership()).toMatchObject({ term: 1, keeper: ANN });
      });

      test('another one does not get it meanwhile, and is told who has it', async () => {
        await take(ann, ANN);
        expect(await ben.acquire({ replica: BEN, forMs: LONG_MS })).toMatchObject({ term: 1, keeper: ANN });
      });

      test('another one gets it once its time is over, under a higher term', async () => {
        await take(ann, ANN, SHORT_MS);
        await place.pass(SHORT_MS + 1);
        expect(await ben.findLeadership()).toMatchObject({ term: 1, keeper: ANN, remainingMs: 0 });
        expect(await take(ben, BEN)).toBe(2);
      });

      test('of many who want it at once, one gets it', async () => {
        const cards = Array.from({ length: 8 }, (_, index) => ({ ...ANN, id: `rep_${index}` }));
        const answers = await Promise.all(
          cards.map((replica, index) => (index % 2 === 0 ? ann : ben).acquire({ replica, forMs: LONG_MS })),
        );
        expect(answers.filter(({ keeper }, index) => keeper?.id === cards[index]?.id)).toHaveLength(1);
        expect(await ann.findLeadership()).toMatchObject({ term: 1 });
      });

      test('who has it and asks again, since the answer was lost, has it under a higher term', async () => {
        const first = await take(ann, ANN);
        const second = await take(ann, ANN);
        expect(second).toBeGreaterThan(first);
        await expect(ann.renew({ term: first, forMs: LONG_MS })).rejects.toThrow(StaleTerm);
        await expect(ann.commit(aBatch(first))).rejects.toThrow(StaleTerm);
        await ann.commit(aBatch(second));
      });

      test('it lasts as long as it is renewed', async () => {
        const term = await take(ann, ANN, SHORT_MS);
        const renewed = await ann.renew({ term, forMs: LONG_MS });
        expect(renewed).toMatchObject({ term, keeper: ANN });
        await place.pass(SHORT_MS + 1);
        expect(await ben.acquire({ replica: BEN, forMs: LONG_MS })).toMatchObject({ term, keeper: ANN });
      });

      test('renewing late works while nobody else has taken it, and not afterwards', async () => {
        const term = await take(ann, ANN, SHORT_MS);
        await place.pass(SHORT_MS + 1);
        await ann.renew({ term, forMs: SHORT_MS });
        await place.pass(SHORT_MS + 1);
        await take(ben, BEN);
        await expect(ann.renew({ term, forMs: SHORT_MS })).rejects.toThrow(StaleTerm);
      });

      test('given up, another one gets it at once', async () => {
        const term = await take(ann, ANN);
        await ann.resign(term);
        expect(await ben.findLeadership()).toMatchObject({ term, keeper: null, remainingMs: 0 });
        await expect(ann.renew({ term, forMs: LONG_MS })).rejects.toThrow(StaleTerm);
        expect(await take(ben, BEN)).toBe(term + 1);
      });

      test('to give up a term that another has taken meanwhile changes nothing', async () => {
        const term = await take(ann, ANN, SHORT_MS);
        await place.pass(SHORT_MS + 1);
        await take(ben, BEN);
        await ann.resign(term);
        expect(await ann.findLeadership()).toMatchObject({ term: term + 1, keeper: BEN });
      });

      test('a claim takes it from anybody at once, without a card', async () => {
        const term = await take(ann, ANN);
        const claimed = await ben.claim();
        expect(claimed).toBe(term + 1);
        expect(await ann.findLeadership()).toMatchObject({ term: claimed, keeper: null, remainingMs: 0 });
        await expect(ann.renew({ term, forMs: LONG_MS })).rejects.toThrow(StaleTerm);
        await ben.commit(aBatch(claimed, { upserts: [put('res_1')] }));
        expect(await loadIds(ann)).toEqual(['res_1']);
      });

      test('everybody may ask how far a term came that is over', async () => {
        const first = await take(ann, ANN);
        await ann.commit(aBatch(first));
        await ann.commit(aBatch(first));
        expect(await ben.lastBatchOf(first)).toBeUndefined();
        await ann.resign(first);
        const second = await take(ben, BEN);
        await ben.commit(aBatch(second));
        expect(await ann.lastBatchOf(first)).toBe(2);
        const claimed = await ann.claim();
        expect(await ben.lastBatchOf(first)).toBe(2);
        expect(await ann.lastBatchOf(second)).toBe(3);
        expect(await ben.lastBatchOf(claimed)).toBeUndefined();
      });

      test('the clock of all goes on', async () => {
        const before = (await ann.findLeadership()).now;
        await place.pass(SHORT_MS);
        expect((await ben.findLeadership()).now).toBeGreaterThanOrEqual(before + SHORT_MS);
      });
    });

    describe('commits', () => {
      test('each has the next number, whoever makes it', async () => {
        const first = await take(ann, ANN);
        await ann.commit(aBatch(first));
        await ann.commit(aBatch(first, { upserts: [put('res_1')] }));
        await ann.resign(first);
        const taken = await ben.acquire({ replica: BEN, forMs: LONG_MS });
        expect(taken.batch).toBe(2);
        await ben.commit(aBatch(taken.term));
        expect((await ann.findLeadership()).batch).toBe(3);
      });

      test('one under a term that another took leaves nothing', async () => {
        const term = await take(ann, ANN, SHORT_MS);
        await place.pass(SHORT_MS + 1);
        const newer = await take(ben, BEN);
        await expect(ann.commit(aBatch(term, { upserts: [put('res_1')] }))).rejects.toThrow(StaleTerm);
        await ben.commit(aBatch(newer, { upserts: [put('res_2')] }));
        expect(await loadIds(ann)).toEqual(['res_2']);
      });

      test('one under a term that another store has is refused', async () => {
        const term = await take(ann, ANN);
        await expect(ben.commit(aBatch(term, { upserts: [put('res_1')] }))).rejects.toThrow(StaleTerm);
        expect((await ann.findLeadership()).batch).toBe(0);
      });

      test('a take-over amid commits: what was acknowledged is there, and the numbers have no gap', async () => {
        const term = await take(ann, ANN, SHORT_MS);
        const commits = Array.from({ length: 40 }, (_, index) =>
          ann.commit(aBatch(term, { upserts: [put(`res_${index}`)] })),
        );
        const settling = Promise.allSettled(commits);
        await place.pass(SHORT_MS + 1);
        const taken = await ben.acquire({ replica: BEN, forMs: LONG_MS });
        const seen = await loadIds(ben);
        const acknowledged = (await settling).filter(({ status }) => status === 'fulfilled').length;
        expect(seen.length).toBeGreaterThanOrEqual(acknowledged);
        expect(taken).toMatchObject({ term: term + 1, batch: seen.length });
        expect(await loadIds(ben)).toEqual(seen);
      });
    });

    describe('following', () => {
      const commitAs = async (term: number, overrides: Partial<Batch>) =>
        await ann.commit(aBatch(term, overrides));

      test('after nothing comes everything that lives, after a batch what changed since', async () => {
        const term = await take(ann, ANN);
        const meta = { instant: 77, eventSeq: 8, leaseSeq: 9 };
        await commitAs(term, {
          upserts: [put('res_1'), put('res_2'), { kind: 'pool', id: 'web', document: aPool('web') }],
        });
        await commitAs(term, { upserts: [put('res_1', { version: 2 })], meta });
        expect(await changes(ben, 1)).toEqual({
          batch: 2,
          meta,
          changes: [{ kind: 'resource', id: 'res_1', document: put('res_1', { version: 2 }).document }],
        });
        const everything = await changes(ben, 0);
        expect(everything?.changes.map(({ kind, id }) => `${kind}/${id}`).toSorted()).toEqual([
          'pool/web',
          'resource/res_1',
          'resource/res_2',
        ]);
        expect(await changes(ben, 2)).toEqual({ batch: 2, meta, changes: [] });
      });

      test('a new store has nothing to follow', async () => {
        expect(await changes(ben, 0)).toMatchObject({ batch: 0, changes: [] });
      });

      test('what was deleted is told, what came back is there, and what changed often comes once', async () => {
        const term = await take(ann, ANN);
        await commitAs(term, { upserts: [put('res_1'), put('res_2'), put('res_3')] });
        await commitAs(term, {
          upserts: [put('res_3', { version: 2 })],
          deletes: ['res_1', 'res_2'].map((id) => ({ kind: 'resource', id })),
        });
        await commitAs(term, { upserts: [put('res_2', { version: 5 }), put('res_3', { version: 3 })] });
        const told = (await changes(ben, 1))?.changes ?? [];
        expect(told.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
          { kind: 'resource', id: 'res_1', document: null },
          { kind: 'resource', id: 'res_2', document: put('res_2', { version: 5 }).document },
          { kind: 'resource', id: 'res_3', document: put('res_3', { version: 3 }).document },
        ]);
      });

      test('ids of every letter come back as they were', async () => {
        const term = await take(ann, ANN);
        await commitAs(term, {});
        const ids = ['a\u0000b', 'a\u0001b', 'a\tb', 'a\nb', 'a\u000bb', 'é', '\u{1F680}', '"\\'];
        await commitAs(term, { upserts: ids.map((id) => put(id)) });
        expect((await changes(ben, 1))?.changes.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      });

      test('many changes come in pages of one snapshot, whatever is committed meanwhile', async () => {
        const term = await take(ann, ANN);
        await commitAs(term, {});
        await commitAs(term, { upserts: Array.from({ length: MANY }, (_, index) => put(`res_${index}`)) });
        for (const after of [0, 1]) {
          const found = await ben.changesAfter(after);
          const batch = (await ann.findLeadership()).batch;
          expect(found?.batch).toBe(batch);
          await commitAs(term, {
            upserts: [put('res_7', { version: 100 + after }), put(`res_new_${after}`)],
            deletes: [{ kind: 'resource', id: `res_${MANY - 1 - after}` }],
          });
          const pages: (readonly DocumentChange[])[] = [];
          for await (const page of found?.pages ?? []) pages.push(page);
          const live = pages.flat().filter(({ document }) => document !== null);
          expect(pages.length).toBeGreaterThan(1);
          expect(new Set(live.map(({ id }) => id)).size).toBe(MANY);
          expect(live).toHaveLength(MANY);
          expect(versionOf(live, 'res_7')).toBe(after === 0 ? 1 : 100);
        }
      });

      test('a reader may stop in the middle and begin again', async () => {
        const term = await take(ann, ANN);
        await commitAs(term, { upserts: Array.from({ length: MANY }, (_, index) => put(`res_${index}`)) });
        for (let round = 0; round < 12; round += 1) {
          for await (const page of (await ben.changesAfter(0))?.pages ?? []) {
            expect(page.length).toBeGreaterThan(0);
            break;
          }
        }
        expect((await changes(ben, 0))?.changes).toHaveLength(MANY);
      });

      test('once it is forgotten what was deleted, who is further behind has to read everything', async () => {
        const term = await take(ann, ANN);
        await commitAs(term, { upserts: [put('res_1'), put('res_2')] });
        await commitAs(term, { deletes: [{ kind: 'resource', id: 'res_1' }] });
        await commitAs(term, { upserts: [put('res_3')] });
        await place.forgetDeleted(2);
        expect(await ben.changesAfter(1)).toBeUndefined();
        expect((await changes(ben, 2))?.changes.map(({ id }) => id)).toEqual(['res_3']);
        expect((await changes(ben, 0))?.changes.map(({ id }) => id).toSorted()).toEqual(['res_2', 'res_3']);
      });

      test('a batch that the store does not have says that it went back', async () => {
        const term = await take(ann, ANN);
        await commitAs(term, {});
        await expect(ben.changesAfter(2)).rejects.toThrow(WentBack);
      });
    });

    describe('a halt', () => {
      test('stops commits, renewals and acquiring, until somebody has it go on', async () => {
        const term = await take(ann, ANN);
        await ben.halt(HALT);
        expect((await ann.findLeadership()).halt).toEqual(HALT);
        await expect(ann.commit(aBatch(term, { upserts: [put('res_1')] }))).rejects.toThrow(StaleTerm);
        await expect(ann.renew({ term, forMs: LONG_MS })).rejects.toThrow(StaleTerm);
        await ann.resign(term);
        expect(await ben.acquire({ replica: BEN, forMs: LONG_MS })).toMatchObject({ term, keeper: null });
        expect(await loadIds(ben)).toEqual([]);
        await ben.resume();
        expect((await ann.findLeadership()).halt).toBeNull();
        const next = await take(ben, BEN);
        await ben.commit(aBatch(next, { upserts: [put('res_2')] }));
        expect(await loadIds(ann)).toEqual(['res_2']);
      });

      test('that stands already stays as it is', async () => {
        await ann.halt(HALT);
        await ben.halt({ ...HALT, by: 'somebody else', at: 9 });
        expect((await ann.findLeadership()).halt).toEqual(HALT);
      });
    });

    describe('acknowledged batches that are lost', () => {
      test.each([[false], [true]])(
        'are missed by who wrote them, also where another has gone on (%s)',
        async (isPassed) => {
          const term = await take(ann, ANN, SHORT_MS);
          for (let count = 0; count < 4; count += 1) await ann.commit(aBatch(term));
          await place.goBackTo(2);
          await place.pass(SHORT_MS + 1);
          if (isPassed) {
            const next = await take(ben, BEN);
            for (let count = 0; count < 4; count += 1) await ben.commit(aBatch(next));
          }
          await expect(ann.renew({ term, forMs: LONG_MS })).rejects.toThrow(WentBack);
          await expect(ann.commit(aBatch(term))).rejects.toThrow(WentBack);
        },
      );
    });

    describe('watching', () => {
      test('commits and changes of the leadership of others are told soon', async () => {
        let news = 0;
        await using _watch = ben.watch(() => {
          news += 1;
        });
        const term = await take(ann, ANN);
        await waitFor('news of the term', () => news > 0);
        await settle();
        let before = news;
        await ann.commit(aBatch(term));
        await waitFor('news of the batch', () => news > before);
        await settle();
        before = news;
        await ann.resign(term);
        await waitFor('news of the end', () => news > before);
        expect(news).toBeGreaterThan(before);

        /** Until what was told late has come. */
        async function settle(): Promise<void> {
          for (let known = -1; known !== news;) {
            known = news;
            await place.pass(SHORT_MS);
          }
        }
      });

      test('who looks away hears nothing more, while others do', async () => {
        let mine = 0;
        let others = 0;
        const watch = ben.watch(() => {
          mine += 1;
        });
        await using _other = ben.watch(() => {
          others += 1;
        });
        await watch[Symbol.asyncDispose]();
        mine = 0;
        others = 0;
        await take(ann, ANN);
        await waitFor('news for the other', () => others > 0);
        expect(mine).toBe(0);
      });
    });

    describe('what replicas tell', () => {
      test('how each is, as it told last, and how long ago', async () => {
        await ann.reportReplica({ ...ANN, role: 'follower', batch: 3, skewMs: -12 });
        await ben.reportReplica({ ...BEN, role: 'follower', batch: 4, skewMs: 0 });
        await ann.reportReplica({ ...ANN, role: 'keeper', batch: 5, skewMs: 7 });
        await place.pass(SHORT_MS);
        const listed = (await ben.listReplicas()).toSorted((a, b) => (a.id < b.id ? -1 : 1));
        expect(listed).toMatchObject([
          { ...ANN, role: 'keeper', batch: 5, skewMs: 7 },
          { ...BEN, role: 'follower', batch: 4, skewMs: 0 },
        ]);
        for (const { seenMsAgo } of listed) expect(seenMsAgo).toBeGreaterThanOrEqual(SHORT_MS);
      });

      test('a text that all share is written by one of those who want to', async () => {
        expect(await ann.readShared('keys')).toBeUndefined();
        const answers = await Promise.all([
          ann.writeShared({ name: 'keys', text: 'of ann', before: undefined }),
          ben.writeShared({ name: 'keys', text: 'of ben', before: undefined }),
        ]);
        const [text] = answers;
        expect(answers).toEqual([text, text]);
        expect(await ben.readShared('keys')).toBe(text);
        expect(await ben.writeShared({ name: 'keys', text: 'late', before: 'wrong' })).toBe(text);
        expect(await ben.writeShared({ name: 'keys', text: 'next', before: text })).toBe('next');
        expect(await ann.readShared('keys')).toBe('next');
        expect(await ann.readShared('other')).toBeUndefined();
      });
    });

    test('a store that is closed says so, and the others go on', async () => {
      await ben[Symbol.asyncDispose]();
      await expect(ben.findLeadership()).rejects.toThrow(StoreFailure);
      await expect(ben.acquire({ replica: BEN, forMs: LONG_MS })).rejects.toThrow(StoreFailure);
      await expect(ben.changesAfter(0)).rejects.toThrow(StoreFailure);
      await expect(ben.readShared('keys')).rejects.toThrow(StoreFailure);
      await take(ann, ANN);
    });
  });
}

async function changes(
  store: SharedStore,
  after: number,
): Promise<(Omit<WorldChanges, 'pages'> & { changes: DocumentChange[] }) | undefined> {
  const found = await store.changesAfter(after);
  if (found === undefined) return undefined;
  const { pages, ...head } = found;
  const all: DocumentChange[] = [];
  for await (const page of pages) all.push(...page);
  return { ...head, changes: all };
}

function versionOf(changed: readonly DocumentChange[], id: string): unknown {
  const found = changed.find((change) => change.id === id);
  return found?.kind === 'resource' ? found.document?.version : undefined;
}
