import { expect, test } from 'vitest';
import { OUTCOMES_MS_MAX, Terminations } from './terminations.ts';
import type { PoolAlert } from './terminations.ts';

function begun(...machines: string[]): Terminations {
  const terminations = new Terminations();
  terminations.begin('web', { machines, count: machines.length, at: 1_000 });
  return terminations;
}

const shapes = (alerts: readonly PoolAlert[]) =>
  alerts.map(({ pool, alert: { severity, message, metadata } }) => [pool, severity, message, metadata]);

test('machines of one update that all go are told of together', () => {
  const terminations = begun('m1', 'm2');
  expect(terminations.take('web', 'm2', null)).toEqual([]);
  expect(shapes(terminations.take('web', 'm1', null))).toEqual([
    [
      'web',
      'INFO',
      '2 machine(s) were terminated in cloud pool: [m2, m1]',
      { terminatedMachines: ['m2', 'm1'] },
    ],
  ]);
  expect(terminations.dueAt).toBeUndefined();
});

test('some that fail are a warning, beside what went', () => {
  const terminations = begun('m1', 'm2', 'm3');
  terminations.take('web', 'm1', null);
  terminations.take('web', 'm2', 'it is locked');
  expect(shapes(terminations.take('web', 'm3', null))).toEqual([
    [
      'web',
      'WARN',
      '1 out of 3 machine terminations failed',
      { terminated: ['m1', 'm3'], terminationErrors: { m2: 'it is locked' } },
    ],
    [
      'web',
      'INFO',
      '2 machine(s) were terminated in cloud pool: [m1, m3]',
      { terminatedMachines: ['m1', 'm3'] },
    ],
  ]);
});

test('all that fail are an error', () => {
  const terminations = begun('m1', 'm2');
  terminations.take('web', 'm1', 'no credentials');
  expect(shapes(terminations.take('web', 'm2', 'no credentials'))).toEqual([
    ['web', 'ERROR', 'failed to terminate machines [m1, m2]: no credentials', {}],
  ]);
});

test('what is on its way after the time counts as terminated, and a list that was cut as what it was cut from', () => {
  const terminations = new Terminations();
  terminations.begin('web', { machines: ['m1'], count: 5, at: 1_000 });
  expect(terminations.takeDue(1_000 + OUTCOMES_MS_MAX - 1)).toEqual([]);
  expect(shapes(terminations.takeDue(1_000 + OUTCOMES_MS_MAX))).toEqual([
    ['web', 'INFO', '5 machine(s) were terminated in cloud pool: [m1]', { terminatedMachines: ['m1'] }],
  ]);
});

test('what goes of itself, or elsewhere, is no termination of an update', () => {
  const terminations = begun('m1');
  expect(terminations.take('web', 'm7', null)).toEqual([]);
  expect(terminations.take('other', 'm1', null)).toEqual([]);
  expect(terminations.begin('web', { machines: [], count: 0, at: 0 })).toEqual([]);
  expect(terminations.dueAt).toBe(1_000 + OUTCOMES_MS_MAX);
});

test('the oldest of too many updates is told of at once', () => {
  const terminations = new Terminations();
  const told = Array.from({ length: 1_001 }, (_, n) =>
    terminations.begin(`pool-${n}`, { machines: ['m'], count: 1, at: n }),
  );
  expect(told.flat().map(({ pool }) => pool)).toEqual(['pool-0']);
});
