import { expect, test } from 'vitest';
import { instantText, maybeInstantText } from './instant.ts';

test('instants are RFC 3339 in UTC, with milliseconds, however often and in whatever order they are asked for', () => {
  const at = Date.UTC(2026, 1, 3, 4, 5, 6, 7);
  for (const instant of [at, at + 256, at, at - 256, 0, at + 1, at, 0]) {
    expect(instantText(instant)).toBe(new Date(instant).toISOString());
  }
  expect(instantText(at)).toBe('2026-02-03T04:05:06.007Z');
  expect([maybeInstantText(null), maybeInstantText(0)]).toEqual([null, '1970-01-01T00:00:00.000Z']);
});
