import { expect, test } from 'vitest';
import type { JsonObject } from '@poolkeeper/core';
import { StoreFailure } from './contract.ts';
import { DOCUMENT_VERSION, liftDocument, LIFTS, liftThrough } from './lift.ts';
import type { Lift } from './lift.ts';

const LIFTS_OF_THREE_VERSIONS: Lift[] = [
  ({ title, ...rest }) => ({ ...rest, name: title as string }),
  (document) => ({ ...document, labels: {} }),
];

test.each<[number, JsonObject, JsonObject]>([
  [1, { title: 'a' }, { name: 'a', labels: {} }],
  [2, { name: 'a' }, { name: 'a', labels: {} }],
  [3, { name: 'a', labels: { x: 'y' } }, { name: 'a', labels: { x: 'y' } }],
])('a document of version %i goes through the lifts that it has not seen', (version, before, after) => {
  expect(liftThrough(LIFTS_OF_THREE_VERSIONS, version, before)).toEqual(after);
});

test('a document of a newer release is refused', () => {
  expect(() => liftThrough(LIFTS_OF_THREE_VERSIONS, 4, {})).toThrow(StoreFailure);
  expect(() => liftDocument('resource', DOCUMENT_VERSION + 1, {})).toThrow(/Use the release that wrote them/);
});

test("every kind has the lifts from each version up to today's", () => {
  for (const [kind, lifts] of Object.entries(LIFTS))
    expect([kind, lifts.length]).toEqual([kind, DOCUMENT_VERSION - 1]);
});

test("a document of today's version stays the object that it is", () => {
  const document = { id: 'res_1' };
  expect(liftDocument('resource', DOCUMENT_VERSION, document)).toBe(document);
});
