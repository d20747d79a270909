import { expect, test } from 'vitest';
import { cleanPath } from './clean-path.ts';

test.each([
  ['//metric', '/metric'],
  ['/a/./b/../c//', '/a/c/'],
  ['/..', '/'],
  // Browsers take a backslash for a slash, and two of them for the address of another server.
  ['/./\\evil.example', '/%5Cevil.example'],
  ['//evil.example', '/evil.example'],
])('%s is sent to %s', (path, clean) => {
  expect(cleanPath(path)).toBe(clean);
});
