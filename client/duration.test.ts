import { DURATION_MS_MAX, formatDuration, parseDuration } from '@poolkeeper/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationMs, durationText } from './duration.ts';

test('every duration that the server writes is read as the server reads it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: DURATION_MS_MAX }), (ms) => {
      expect(durationMs(formatDuration(ms))).toBe(ms);
      expect(parseDuration(durationText(ms))).toBe(ms);
    }),
  );
});

test.each(['90s', '1.5s', '15m', '1h30m', '2w3d', '30d', 'PT1H30M', 'P2D', 'P1WT0.5S'])('%s', (text) => {
  expect(durationMs(text)).toBe(parseDuration(text));
});

test.each(['', 'P', 'soon', '5', '1y', '-1s', -1, Number.NaN, Infinity])('%j is no duration', (duration) => {
  expect(() => durationMs(duration)).toThrow('is no duration. Write 90s');
});
