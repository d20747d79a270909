import type { PoolExplanation } from '@poolkeeper/client';
import { expect, test } from 'vitest';
import { adviceOnPool } from './advice-on-pool.ts';

const WELL: PoolExplanation = {
  pool: 'web',
  summary: '',
  members: 3,
  target: 3,
  counts: { free: 3 },
  setAside: 0,
  held: 0,
  waiting: 0,
  troubles: [],
};
const TROUBLE = { resource: 'res_1', name: 'web-1', status: 'requested' as const, error: 'no image' };

test.each<[string, Partial<PoolExplanation>, string]>([
  ['well', {}, 'There is nothing to do.'],
  ['with something held, which counts most', { held: 1, troubles: [TROUBLE] }, 'Look at what is held'],
  ['with trouble', { troubles: [TROUBLE] }, '"poolkeeper resource explain res_1"'],
  [
    'empty, and registered by hand',
    { members: 0, target: null },
    'poolkeeper resource register NAME --pool web',
  ],
  ['empty, and meant to be', { members: 0, target: 0 }, 'poolkeeper pool set web --size 3'],
  ['short of members', { members: 1, waiting: 4 }, '"poolkeeper provider show cloud"'],
  ['with members still to be made', { counts: { requested: 2 } }, '"poolkeeper provider show cloud"'],
  ['waited for', { waiting: 4 }, '"poolkeeper lease list --pool web", or make it larger'],
  ['waited for, and registered by hand', { waiting: 4, target: null }, 'or register more members'],
])('a pool %s', (_state, explanation, advice) => {
  const pool = { name: 'web', status: 'open' as const, provider: 'cloud' };
  expect(adviceOnPool({ pool, explanation: { ...WELL, ...explanation } })).toContain(advice);
});

test('a pool that is being removed goes by itself', () => {
  const pool = { name: 'web', status: 'removing' as const, provider: 'cloud' };
  expect(adviceOnPool({ pool, explanation: { ...WELL, held: 1 } })).toContain('goes by itself');
});
