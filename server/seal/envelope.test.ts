import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyIdOf, NONCE_BYTES, openValue, SealBroken, sealValue } from './envelope.ts';
import { masterKeyOf } from './master-key.ts';

const KEY = masterKeyOf(new Uint8Array(32).fill(1));
const OTHER = masterKeyOf(new Uint8Array(32).fill(2));
const NONCE = new Uint8Array(NONCE_BYTES).fill(3);

const seal = (name: string, value: string, key = KEY): string => sealValue(key, NONCE, { name, value });

test('what is sealed opens with its key and under its name, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      expect(openValue(KEY, 'root', seal('root', value))).toBe(value);
    }),
  );
});

test('it names its key, and shows nothing of the value or of the name', () => {
  const sealed = seal('root', 'hunter2-hunter2');
  expect(keyIdOf(sealed)).toBe(KEY.id);
  expect(sealed).toMatch(/^pkseal1[.][0-9a-f]{12}([.][A-Za-z0-9_-]+){3}$/);
  for (const hidden of ['hunter2', 'root', Buffer.from('hunter2').toString('base64url')])
    expect(sealed).not.toContain(hidden);
});

test('moved to another name it does not open', () => {
  expect(() => openValue(KEY, 'other', seal('root', 'x'))).toThrow(SealBroken);
});

test('with another key it does not open, even one that claims to be its own', () => {
  expect(() => openValue(OTHER, 'root', seal('root', 'x'))).toThrow(SealBroken);
  expect(() => openValue({ ...OTHER, id: KEY.id }, 'root', seal('root', 'x'))).toThrow(SealBroken);
});

test('changed in any one character it does not open', () => {
  const sealed = seal('root', 'a value of some length');
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.constantFrom('A', 'z', '0', '-', '.'), (at, letter) => {
      const changed = sealed.slice(0, at) + letter + sealed.slice(at + 1);
      // The last character of a part has bits that say nothing.
      const isSame = same(changed, sealed);
      if (!isSame) expect(() => openValue(KEY, 'root', changed)).toThrow(SealBroken);
    }),
  );
});

function same(a: string, b: string): boolean {
  const bytesOf = (text: string): string =>
    text
      .split('.')
      .map((part, index) => (index < 2 ? part : Buffer.from(part, 'base64url').toString('hex')))
      .join('.');
  return bytesOf(a) === bytesOf(b);
}

test.each(['', 'x', 'pkseal1', 'pkseal1.k.a.b', 'pkseal2.k.a.b.c', `pkseal1.${KEY.id}.AAAA.AAAA.AAAA`])(
  '%j is no sealed text',
  (text) => {
    expect(keyIdOf(text)).toBeUndefined();
    expect(() => openValue(KEY, 'root', text)).toThrow(SealBroken);
  },
);
