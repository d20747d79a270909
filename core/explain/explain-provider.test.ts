import { expect, test } from 'vitest';
import { TestWorld } from '../testing/world-builder.ts';
import { explainLease } from './explain-lease.ts';
import { explainPool } from './explain-pool.ts';
import { explainProvider } from './explain-provider.ts';
import type { ProviderState, ProviderWork } from './explain-provider.ts';

/** Four minutes before noon. */
const UNTIL = Date.parse('2026-01-02T11:56:00.400Z');
const WELL: ProviderWork = {
  running: 1,
  waiting: 4,
  breaker: { state: 'closed', failures: 0, openUntil: null },
  filling: { isPaused: false, pausedUntil: null },
  failedLooks: 0,
};
const PAUSED: ProviderWork = { ...WELL, filling: { isPaused: true, pausedUntil: UNTIL } };
const TRYING: ProviderWork = { ...WELL, filling: { isPaused: true, pausedUntil: null } };
const OPEN: ProviderWork = { ...PAUSED, breaker: { state: 'open', failures: 5, openUntil: UNTIL } };
const HALF_OPEN: ProviderWork = { ...WELL, breaker: { state: 'half-open', failures: 5, openUntil: null } };

test.each<[what: string, ProviderWork, ProviderState, until: number | null, ...words: string[]]>([
  ['well', WELL, 'ok', null, 'It answers', 'waiting: 4'],
  ['out of room', PAUSED, 'paused', UNTIL, 'paused until 11:56:00 UTC', 'What is to be destroyed still is'],
  ['out of room, and trying', TRYING, 'paused', null, 'one creation is tried next'],
  ['down, which counts more than out of room', OPEN, 'open', UNTIL, 'in a row: 5', 'until 11:56:00 UTC'],
  ['perhaps well again', HALF_OPEN, 'half-open', null, 'one job is being tried now'],
  [
    'failing now and then',
    { ...WELL, breaker: { state: 'closed', failures: 2, openUntil: null } },
    'failing',
    null,
    'Jobs that failed in a row: 2',
  ],
  ['not to be looked at', { ...WELL, failedLooks: 3 }, 'failing', null, 'may be old'],
])('an account that is %s says so in one word and one sentence', (_what, work, state, until, ...words) => {
  const explained = explainProvider(work);
  expect(explained).toMatchObject({ state, until });
  for (const word of words) expect(explained.summary).toContain(word);
});

/** A pool of three, one of which is made. */
function aPool(): TestWorld {
  const t = new TestWorld();
  t.sizedPool('web', { desired: 1 });
  t.finishJobs();
  t.do({ type: 'putPool', name: 'web', merge: true, spec: { size: { desired: 3 } } });
  return t;
}

test('a pool that lacks members says what its account keeps it from, and what to do', () => {
  const summaryWith = (work: ProviderWork) => explainPool(aPool().world, 'web', () => work).summary;
  const size = 'The pool is at its size of 3, 2 of them still to be made; 1 members are on offer.';
  expect(summaryWith(PAUSED)).toBe(
    `${size} The provider "maker" says its quota is used up; filling is paused until 11:56:00 UTC (2 of 3 members missing). Raise the quota or lower the size.`,
  );
  expect(summaryWith(TRYING)).toContain('one member is tried next (2 of 3 members missing)');
  expect(summaryWith(OPEN)).toContain(
    'The provider "maker" failed 5 times in a row; no job is tried until 11:56:00 UTC (2 of 3 members missing).',
  );
  expect(summaryWith(HALF_OPEN)).toContain('well again (2 of 3 members missing)');
  expect(summaryWith(WELL)).toBe(size);
});

test('a pool that has all it should says nothing of its account', () => {
  const t = aPool();
  t.finishJobs();
  expect(explainPool(t.world, 'web', () => PAUSED).summary).toBe(
    'The pool is at its size of 3; 3 members are on offer.',
  );
  t.staticPool('boards', [{}]);
  expect(explainPool(t.world, 'boards', () => PAUSED).summary).toBe(
    '1 registered members, 1 of them on offer.',
  );
});

test('a lease that waits says what keeps its pool from being filled; one that has what it wants does not', () => {
  const t = aPool();
  const first = t.request('ann', 'web');
  const second = t.request('bob', 'web');
  const summaryOf = (id: string): string => explainLease(t.world, id, () => PAUSED).summary;
  expect(summaryOf(first.id)).toBe('The lease is active.');
  expect(summaryOf(second.id)).toContain('The provider "maker" says its quota is used up');
});
