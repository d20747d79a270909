import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lookForPostgres } from '../../testing/find-postgres.ts';
import { RealPostgresPair } from '../../testing/real-postgres-pair.ts';
import { waitFor } from '../../testing/wait-for.ts';
import { aBatch, put } from '../contract-documents.ts';
import { loadIds } from '../contract-suite.ts';
import { WentBack } from '../shared-contract.ts';
import { openTestStore } from './test-place.ts';

const postgres = lookForPostgres();

describe.skipIf(postgres.areMissing)(`a store on a streaming pair${postgres.reason}`, () => {
  let pair: RealPostgresPair;
  beforeEach(async () => {
    pair = await RealPostgresPair.start({ isSynchronous: true });
  });
  afterEach(() => pair[Symbol.asyncDispose]());

  test('acknowledges nothing that the standby lacks, and goes on by itself on the standby', async () => {
    await using store = await openTestStore(await pair.createDatabase());
    const term = await store.claim();
    await store.commit(aBatch(term, { upserts: [put('res_1')] }));
    pair.standby.freeze();
    let isAcknowledged = false;
    const commit = store.commit(aBatch(term, { upserts: [put('res_2')] })).then(() => {
      isAcknowledged = true;
    });
    await waitFor('the batch to wait for the standby', async () => (await cancelled(pair)) > 0);
    // What was cancelled is on this server alone, where everybody sees it; whoever asks after it waits for the standby again.
    await waitFor('somebody to ask after it', async () => (await waiting(pair)) > 0);
    expect(isAcknowledged).toBe(false);
    pair.standby.thaw();
    await commit;
    await pair.failOver();
    await store.commit(aBatch(term, { upserts: [put('res_3')] }));
    expect(await loadIds(store)).toEqual(['res_1', 'res_2', 'res_3']);
  });

  test('stops where the standby lacks what was acknowledged', async () => {
    await pair.stopWaiting();
    const url = await pair.createDatabase();
    await using store = await openTestStore(url);
    await using follower = await openTestStore(url);
    const term = await store.claim();
    await store.commit(aBatch(term, { upserts: [put('res_1')] }));
    await pair.cutReplication();
    await store.commit(aBatch(term, { upserts: [put('res_2')] }));
    await store.commit(aBatch(term, { upserts: [put('res_3')] }));
    await pair.failOver();
    await expect(store.commit(aBatch(term, { upserts: [put('res_4')] }))).rejects.toThrow(WentBack);
    await expect(follower.changesAfter(3)).rejects.toThrow(/batch 1 as its last, and had 3 before/);
  });
});

const WAITING = `wait_event = 'SyncRep' and application_name = 'poolkeeper commit'`;

async function waiting({ primary }: RealPostgresPair): Promise<number> {
  return (await primary.query(`select from pg_stat_activity where ${WAITING}`)).length;
}

async function cancelled({ primary }: RealPostgresPair): Promise<number> {
  return (await primary.query(`select pg_cancel_backend(pid) from pg_stat_activity where ${WAITING}`)).length;
}
