import { expect, test } from 'vitest';
import { hashSecret, newSecret } from './secrets.ts';

test('secrets bear their mark, are safe in a header, and are never the same', () => {
  const secrets = Array.from({ length: 100 }, newSecret);
  for (const secret of secrets) expect(secret).toMatch(/^pk_[A-Za-z0-9_-]{43}$/);
  expect(new Set(secrets).size).toBe(100);
});

test('a secret is kept as its SHA-256', () => {
  expect(hashSecret('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
