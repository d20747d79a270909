import { NoAnswerError } from '@poolkeeper/client';
import { expect, test } from 'vitest';
import { explainError } from './explain-error.ts';

test('a certificate that is not trusted is no reason to start a server', () => {
  const url = 'https://pool.example:7420';
  const untrusted = explainError(new NoAnswerError(url, 'self-signed certificate'));
  expect(untrusted.lines[1]).toContain('NODE_EXTRA_CA_CERTS');
  const silent = explainError(new NoAnswerError(url, 'nothing listens there'));
  expect(silent.lines[1]).toContain('poolkeeper serve');
  expect([untrusted.exitCode, silent.exitCode]).toEqual([3, 3]);
});
