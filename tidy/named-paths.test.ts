import { expect, test } from 'vitest';
import { namedPaths } from './named-paths.ts';

test('paths of the rooms are found in prose, drawings and links', () => {
  const page = [
    'The mailbox is `server/keeper/mailbox.ts`; rules live in core/lease/.',
    '```',
    'request ─▶ server/http/app.ts ─▶ core/decide.ts',
    '```',
    'See [the spec](../docs/spec/lease.md#l1), and `server/keeper/mailbox.ts` again.',
  ].join('\n');
  expect(namedPaths(page)).toEqual([
    'server/keeper/mailbox.ts',
    'core/lease/',
    'server/http/app.ts',
    'core/decide.ts',
    'docs/spec/lease.md',
  ]);
});

test('what is no path of the repository is left alone', () => {
  expect(
    namedPaths('`POST /v1/leases`, application/json, and/or, https://example.org/a/b, `node:fs`'),
  ).toEqual([]);
});
