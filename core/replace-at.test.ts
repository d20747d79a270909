import { expect, test } from 'vitest';
import type { Json } from './json.ts';
import { replaceAt } from './replace-at.ts';

test.each<[string, Json, Json | undefined]>([
  ['', 'a', 'new'],
  ['/env/a~1b', { env: { 'a/b': null, c: 1 } }, { env: { 'a/b': 'new', c: 1 } }],
  ['/list/1', { list: ['a', null] }, { list: ['a', 'new'] }],
  ['/list/2', { list: ['a', null] }, undefined],
  ['/list/length', { list: ['a'] }, undefined],
  ['/none', { list: [] }, undefined],
  ['/constructor', {}, undefined],
  ['/a/b', { a: 'text' }, undefined],
])('a text at %s', (pointer, document, replaced) => {
  const before = structuredClone(document);
  expect(replaceAt(document, pointer, 'new')).toEqual(replaced);
  expect(document).toEqual(before);
});
