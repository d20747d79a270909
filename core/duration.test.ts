import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DURATION_MS_MAX, formatDuration, parseDuration } from './duration.ts';

const S = 1_000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

describe('a duration is read', () => {
  test.each([
    ['0s', 0],
    ['90s', 90 * S],
    ['1.5s', 1_500],
    ['250ms', 250],
    ['15m', 15 * M],
    ['1h30m', 90 * M],
    ['2d', 2 * D],
    ['1w', 7 * D],
    ['1w2d3h4m5s6ms', 9 * D + 3 * H + 4 * M + 5 * S + 6],
    ['PT90S', 90 * S],
    ['PT0.5S', 500],
    ['PT15M', 15 * M],
    ['PT1H30M', 90 * M],
    ['P2D', 2 * D],
    ['P1W', 7 * D],
    ['P1DT12H', 36 * H],
    ['3650d', DURATION_MS_MAX],
  ])('%s is %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    '',
    ' ',
    '90',
    's',
    '-5s',
    '+5s',
    '5 s',
    ' 5s',
    '5S',
    '1.5h',
    '1,5s',
    '1e3s',
    '0x10s',
    '30m1h',
    '1h1h',
    'P',
    'PT',
    'P1Y',
    'P1M',
    'PT1D',
    'T1H',
    'pt1h',
    '1h ',
    'forever',
    '3651d',
    `${'9'.repeat(400)}s`,
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('a duration is written', () => {
  test.each([
    [0, '0s'],
    [1, '1ms'],
    [90 * S, '1m30s'],
    [90 * M, '1h30m'],
    [D, '1d'],
    [9 * D + 1, '9d1ms'],
    [1_500, '1s500ms'],
  ])('%i ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test('so that it is read as the same again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: DURATION_MS_MAX }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});
