import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestText } from './digest.ts';

/** FNV-1a in 64 bits, as its authors publish it. */
test.each([
  ['', 'cbf29ce484222325'],
  ['a', 'af63dc4c8601ec8c'],
  ['foobar', '85944171f73967e8'],
])('the digest of %j is %s', (text, digest) => {
  expect(digestText(text)).toBe(digest);
});

test('a text that differs anywhere has another digest', () => {
  const changed = fc.tuple(fc.string({ minLength: 1 }), fc.nat(), fc.string({ minLength: 1, maxLength: 1 }));
  fc.assert(
    fc.property(changed, ([text, at, letter]) => {
      const index = at % text.length;
      const other = text.slice(0, index) + letter + text.slice(index + 1);
      return (digestText(other) === digestText(text)) === (other === text);
    }),
  );
});
