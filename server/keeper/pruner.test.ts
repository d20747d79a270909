import { expect, test } from 'vitest';
import { silentLogger } from '../logger.ts';
import { createMemoryDisk } from '../store/memory/memory-disk.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import { VirtualTime } from '../virtual-time.ts';
import { EVENTS_KEPT_MAX, HistoryPruner } from './pruner.ts';

test('old events are forgotten by and by, and the newest are kept', async () => {
  const store = await openMemoryStore(createMemoryDisk());
  const term = await store.claim();
  const base = 10_000_000;
  const events = Array.from({ length: 1_200 }, (_, n) => ({
    seq: n + 1,
    at: 1,
    type: 'lease.queued' as const,
    pool: null,
    resource: null,
    lease: null,
    holder: null,
    data: {},
  }));
  await store.commit({
    term,
    meta: { instant: 1, eventSeq: 1_200, leaseSeq: 0 },
    upserts: [],
    deletes: [],
    ended: [],
    runs: [],
    records: [],
    events,
  });
  const time = new VirtualTime(base);
  let last = 1_200;
  await using pruner = new HistoryPruner({
    store,
    clock: time,
    timers: time,
    logger: silentLogger,
    lastEvent: () => last,
  });
  expect(await pruner.sweep()).toBe(0);
  last = EVENTS_KEPT_MAX + 1_100;
  await time.advance(60_000);
  expect((await store.listEvents({ after: 0, limit: 10 })).map(({ seq }) => seq)[0]).toBe(1_101);
});
