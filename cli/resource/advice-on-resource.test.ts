import type { Resource } from '@poolkeeper/client';
import { expect, test } from 'vitest';
import { adviceOnResource } from './advice-on-resource.ts';

const FREE = {
  id: 'res_1',
  status: 'free' as Resource['status'],
  hold: null,
  actions: [] as Resource['actions'],
  lease: null,
  run: null as Resource['run'],
  liveness: 'LIVE' as const,
};
const HOLD = { reason: 'it failed', since: '2026-03-01T10:00:00Z', step: null, run: null };

test.each<[string, Partial<Parameters<typeof adviceOnResource>[0]>, string]>([
  ['free', {}, 'There is nothing to do.'],
  ['free and not healthy', { liveness: 'UNHEALTHY' }, '"poolkeeper resource quarantine res_1" sets it aside'],
  [
    'held',
    { status: 'entering', hold: HOLD, actions: ['retry', 'skip'] },
    '"poolkeeper resource skip res_1 --reason TEXT"',
  ],
  ['quarantined', { status: 'quarantined' }, '"poolkeeper resource retry res_1" takes it back'],
  ['leased', { status: 'leased', lease: 'lse_1' }, '"poolkeeper lease show lse_1"'],
  ['being made', { status: 'requested' }, '"poolkeeper resource hold res_1" stops the work'],
  ['in a run', { status: 'cleaning', run: 'run_1' }, '"poolkeeper run logs -f run_1" shows what is done'],
  ['gone', { status: 'gone' }, 'There is nothing to do.'],
])('a resource that is %s', (_state, facts, advice) => {
  expect(adviceOnResource({ ...FREE, ...facts })).toContain(advice);
});

test('what cannot be skipped is not said to be', () => {
  const advice = adviceOnResource({ ...FREE, status: 'requested', hold: HOLD, actions: ['retry', 'retire'] });
  expect(advice).not.toContain('skip');
  expect(advice).toContain('"poolkeeper resource retry res_1" tries again and');
});
