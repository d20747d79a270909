import { describe, expect, test } from 'vitest';
import { parseGoDuration } from './go-duration.ts';

describe('a duration of Go', () => {
  test.each([
    ['300ms', 300],
    ['1.5h', 5_400_000],
    ['1h30m', 5_400_000],
    ['-1s', -1_000],
    ['+1s', 1_000],
    ['0', 0],
    ['-0', 0],
    ['0s', 0],
    ['.5s', 500],
    ['1.s', 1_000],
    ['30m0s', 1_800_000],
    ['1m1m', 120_000],
    ['1500us', 1.5],
    ['1\u00b5s', 0.001],
    ['1\u03bcs', 0.001],
    ['1000000ns', 1],
    ['48h', 172_800_000],
  ])('%s is %d ms', (text, expectedMs) => {
    expect(parseGoDuration(text)).toBeCloseTo(expectedMs, 9);
  });

  test.each([
    ['10', 'time: missing unit in duration "10"'],
    ['1h5', 'time: missing unit in duration "1h5"'],
    ['5d', 'time: unknown unit "d" in duration "5d"'],
    ['1 h', 'time: unknown unit " h" in duration "1 h"'],
    ['3toString', 'time: unknown unit "toString" in duration "3toString"'],
    ['', 'time: invalid duration ""'],
    ['-', 'time: invalid duration "-"'],
    ['abc', 'time: invalid duration "abc"'],
    ['.s', 'time: invalid duration ".s"'],
    ['1h.m', 'time: invalid duration "1h.m"'],
    ['3000000h', 'time: invalid duration "3000000h"'],
    ['say "x"', 'time: invalid duration "say \\"x\\""'],
  ])('%s is none, in the words of Go', (text, message) => {
    expect(() => parseGoDuration(text)).toThrow(new Error(message));
  });
});
