import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskText, needlesOf, SecretMask } from './secret-mask.ts';

const SECRET = 'hunter2 & "more"/?';

function maskChunks(values: readonly string[], chunks: readonly Uint8Array[]): string {
  const parts: Buffer[] = [];
  const mask = new SecretMask(needlesOf(values), (chunk) => parts.push(chunk));
  for (const chunk of chunks) mask.take(chunk);
  mask.end();
  return Buffer.concat(parts).toString('utf8');
}

test('a secret that is cut between two chunks is masked, wherever it is cut', () => {
  const text = `the password is ${SECRET}, as said`;
  for (let cut = 0; cut <= text.length; cut += 1) {
    const chunks = [Buffer.from(text.slice(0, cut)), Buffer.from(text.slice(cut))];
    expect(maskChunks([SECRET], chunks)).toBe('the password is [secret], as said');
  }
  expect(
    maskChunks(
      [SECRET],
      Array.from(text, (letter) => Buffer.from(letter)),
    ),
  ).toBe('the password is [secret], as said');
});

test.each([
  ['in a JSON text', JSON.stringify({ password: SECRET }), '{"password":"[secret]"}'],
  ['in a URL', `http://x/?p=${encodeURIComponent(SECRET)}&q=1`, 'http://x/?p=[secret]&q=1'],
  ['in a form', `p=${encodeURIComponent(SECRET).replaceAll('%20', '+')}`, 'p=[secret]'],
  ['in base64', `Basic ${Buffer.from(SECRET).toString('base64')}`, 'Basic [secret]'],
])('it is masked %s', (_where, text, masked) => {
  expect(maskText(needlesOf([SECRET]), text)).toBe(masked);
});

test('in base64 it is masked within a longer text, wherever it begins', () => {
  for (const before of ['', 'a', 'ab', 'abc', 'ann:']) {
    const text = Buffer.from(`${before}${SECRET}:rest`).toString('base64');
    const masked = maskText(needlesOf([SECRET]), text);
    expect(masked).toContain('[secret]');
    const left = Buffer.from(masked.split('[secret]')[0] ?? '', 'base64').toString();
    expect(left).not.toContain('hunt');
  }
});

test('each line of a secret is masked, and what is too short to hide anything is not', () => {
  const key = '-----BEGIN KEY-----\nabcdefghij\nklmnopqrst\n-----END KEY-----\n';
  expect(maskText(needlesOf([key]), 'line: klmnopqrst;')).toBe('line: [secret];');
  expect(maskText(needlesOf(['no', '1']), '1 no')).toBe('1 no');
});

test('of two secrets of which one begins with the other the longer one is masked', () => {
  expect(maskText(needlesOf(['secret', 'secret-two']), 'secret-two secret')).toBe('[secret] [secret]');
});

test('the same bytes come out however they are cut', () => {
  const piece = fc.constantFrom('secret', 'secret-two', 'sec', 'ret', '-two', 'x', 'twotwo', '\n');
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 20 }),
      fc.array(fc.nat({ max: 60 }), { maxLength: 8 }),
      (pieces, cuts) => {
        const bytes = Buffer.from(pieces.join(''));
        const places = [
          0,
          ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b),
          bytes.length,
        ];
        const chunks = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
        const values = ['secret', 'secret-two', 'twotwo'];
        expect(maskChunks(values, chunks)).toBe(maskChunks(values, [bytes]));
      },
    ),
  );
});

test('what can be no beginning of a secret is given on at once', () => {
  const parts: string[] = [];
  const mask = new SecretMask(needlesOf(['secret']), (chunk) => parts.push(chunk.toString()));
  mask.take(Buffer.from('ready? se'));
  expect(parts).toEqual(['ready? ']);
  mask.take(Buffer.from('t'));
  expect(parts).toEqual(['ready? ', 'set']);
});
