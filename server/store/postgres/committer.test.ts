import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lookForPostgres } from '../../testing/find-postgres.ts';
import { waitFor } from '../../testing/wait-for.ts';
import { aBatch, anEvent, put } from '../contract-documents.ts';
import { loadIds } from '../contract-suite.ts';
import { StaleTerm, StoreFailure } from '../contract.ts';
import { WentBack } from '../shared-contract.ts';
import type { SharedStore } from '../shared-contract.ts';
import { openTestStore, useServer } from './test-place.ts';
import { TestProxy } from './test-proxy.ts';

const postgres = lookForPostgres();
const CARD = { id: 'rep_ann', name: 'ann', address: '10.0.0.1:7421', version: '1.2.3' };
const LONG_MS = 600_000;
/** In the batch that something happens to, and in nothing else. */
const MARKED = 'res_marked';

describe.skipIf(postgres.areMissing)(`a batch whose answer was lost${postgres.reason}`, () => {
  const server = useServer();
  let proxy: TestProxy;
  /** The writer, whose connections go through the proxy, and another one, whose do not. */
  let writer: SharedStore;
  let other: SharedStore;
  let term: number;
  beforeEach(async () => {
    await server().query('drop schema if exists poolkeeper cascade');
    proxy = await TestProxy.start(server().port);
    writer = await openTestStore(proxy.url);
    other = await openTestStore(server().url());
    ({ term } = await writer.acquire({ replica: CARD, forMs: LONG_MS }));
    await writer.commit(aBatch(term, { upserts: [put('res_1')] }));
  });
  afterEach(async () => {
    await writer[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });

  test('nobody is kept waiting by who stands still while it asks for the term', async () => {
    await writer.resign(term);
    const sprung = proxy.arm('insert into poolkeeper.term', 'late');
    const asking = writer.acquire({ replica: CARD, forMs: LONG_MS });
    await expect(asking).rejects.toThrow(StoreFailure);
    const deliver = await sprung;
    const taken = await other.acquire({ replica: { ...CARD, id: 'rep_ben' }, forMs: LONG_MS });
    expect(taken).toMatchObject({ term: term + 1, keeper: { id: 'rep_ben' } });
    await deliver();
    expect(await other.findLeadership()).toMatchObject({ term: term + 1, keeper: { id: 'rep_ben' } });
  });

  const commitMarked = () =>
    writer.commit(aBatch(term, { upserts: [put(MARKED)], events: [anEvent(1, { resource: MARKED })] }));

  async function expectOnce(): Promise<void> {
    expect((await other.findLeadership()).batch).toBe(2);
    expect(await loadIds(other)).toEqual(['res_1', MARKED]);
    expect(await other.listEvents({ after: 0, limit: 10 })).toHaveLength(1);
  }

  test.each(['unanswered', 'lost'] as const)(
    'lands once and is acknowledged when it was %s',
    async (fate) => {
      const sprung = proxy.arm(MARKED, fate);
      await commitMarked();
      await sprung;
      await expectOnce();
      await writer.commit(aBatch(term, { upserts: [put('res_3')] }));
      expect((await other.findLeadership()).batch).toBe(3);
    },
  );

  test('lands once when its first copy comes after the second', async () => {
    const sprung = proxy.arm(MARKED, 'late');
    await commitMarked();
    const deliver = await sprung;
    await deliver();
    await expectOnce();
    await writer.commit(aBatch(term));
    expect((await other.findLeadership()).batch).toBe(3);
  });

  test('does not land later once another writer has the term', async () => {
    const sprung = proxy.arm(MARKED, 'late');
    proxy.refuse();
    const commit = commitMarked().catch((error: unknown) => error);
    const deliver = await sprung;
    await other.claim();
    proxy.accept();
    expect(await commit).toBeInstanceOf(StaleTerm);
    await deliver();
    expect(await loadIds(other)).toEqual(['res_1']);
    expect((await other.findLeadership()).batch).toBe(1);
  });

  test('is acknowledged when it landed before another writer took the term', async () => {
    const sprung = proxy.arm(MARKED, 'unanswered');
    proxy.refuse();
    const commit = commitMarked();
    await sprung;
    await other.claim();
    proxy.accept();
    await commit;
    await expectOnce();
    await expect(writer.commit(aBatch(term))).rejects.toThrow(StaleTerm);
  });

  test('is given up with the term, and nothing is built on it', async () => {
    await writer.renew({ term, forMs: 300 });
    // The renewal told the store how long it may look.
    const sprung = proxy.arm(MARKED, 'unanswered');
    proxy.refuse();
    await expect(commitMarked()).rejects.toThrow(StoreFailure);
    await sprung;
    proxy.accept();
    await expect(writer.commit(aBatch(term))).rejects.toThrow(/not known what became of an earlier batch/);
    await expectOnce();
    const next = await writer.claim();
    await writer.commit(aBatch(next));
    expect((await other.findLeadership()).batch).toBe(3);
  });

  test('says that the database went back when it has less than was acknowledged', async () => {
    await writer.commit(aBatch(term));
    await server().query('update poolkeeper.world set batch = batch - 1');
    await expect(commitMarked()).rejects.toThrow(WentBack);
  });

  test('says so too when the database does not know of the term any more', async () => {
    await server().query('update poolkeeper.leadership set term = term - 1');
    await expect(commitMarked()).rejects.toThrow(/at term 0, and acknowledged 1 before/);
  });

  test('lands once when the database keeps it waiting for longer than anybody waits', async () => {
    await commitWhileLocked(() =>
      waitFor('its successor to wait too', async () => (await waitingCommits()) > 1),
    );
    await expectOnce();
  });

  test('lands once when the database is told to cancel it', async () => {
    await commitWhileLocked(async () => {
      await waitFor('the batch to wait', async () => (await waitingCommits()) > 0);
      await server().query(`select pg_cancel_backend(pid) from pg_stat_activity where ${WAITING}`);
    });
    await expectOnce();
  });

  test('goes on after the database was killed and started again', async () => {
    const commits = Array.from({ length: 50 }, (_, index) =>
      writer.commit(aBatch(term, { events: [anEvent(index + 1)] })),
    );
    const settling = Promise.allSettled(commits);
    await waitFor('some to be there', async () => (await other.findLeadership()).batch > 3);
    await server().kill();
    await server().startAgain();
    const settled = await settling;
    expect(settled.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect((await other.findLeadership()).batch).toBe(51);
    expect(await other.listEvents({ after: 0, limit: 100 })).toHaveLength(50);
  });

  const WAITING = `application_name = 'poolkeeper commit' and wait_event_type = 'Lock'`;

  async function waitingCommits(): Promise<number> {
    return (await server().query(`select from pg_stat_activity where ${WAITING}`)).length;
  }

  /** Has a batch be committed while the world is locked, until something was done about it. */
  async function commitWhileLocked(whileWaiting: () => Promise<void>): Promise<void> {
    let commit: Promise<void> = Promise.resolve();
    await server().withClient('postgres', async (client) => {
      await client.query('begin');
      await client.query('select from poolkeeper.world for update');
      commit = commitMarked();
      await whileWaiting();
      await client.query('commit');
    });
    await commit;
  }
});
