import { expect, test } from 'vitest';
import { formatTable } from './report.ts';
import { figureOf, isMet } from './scenario.ts';
import type { ScenarioResult } from './scenario.ts';

test('a figure keeps its budget up to the limit and not beyond', () => {
  expect(isMet(figureOf('p99', 'ms', [5], { atMost: 5 }))).toBe(true);
  expect(isMet(figureOf('p99', 'ms', [5.1], { atMost: 5 }))).toBe(false);
  expect(isMet(figureOf('ratio', '×', [0.6], { atLeast: 0.6 }))).toBe(true);
  expect(isMet(figureOf('ratio', '×', [0.59], { atLeast: 0.6 }))).toBe(false);
  expect(isMet(figureOf('p50', 'ms', [1]))).toBeUndefined();
});

test('the table says the median, the spread of the rounds, and by how much a budget is missed', () => {
  const result: ScenarioResult = {
    figures: [
      figureOf('ratio', '×', [0.3, 0.32, 0.29], { atLeast: 0.6 }),
      figureOf('rate', 'requests/s', [12_345.6]),
    ],
    notes: [],
    details: {},
  };
  const [, , ratio, rate] = formatTable(new Map([['cycle', result]])).split('\n');
  expect(ratio?.split(/ {2,}/)).toEqual([
    'cycle',
    'ratio',
    '0.3 ×',
    '3: 0.29 … 0.32',
    '≥ 0.6',
    'NO, by 50 %',
  ]);
  expect(rate?.trim().split(/ {2,}/)).toEqual(['rate', '12,346 requests/s']);
});
