import { expect, test } from 'vitest';
import { ProviderExhausted, ProviderRefused, ProviderTransient } from '../providers/contract.ts';
import { ERROR_LENGTH_MAX, describeError, toFailure } from './failure.ts';
import { aTicket } from './test-provider.ts';

test.each([
  [new ProviderRefused('wrong'), 'refused'],
  [new ProviderExhausted('full'), 'exhausted'],
  [new ProviderTransient('broken'), 'transient'],
  [new TypeError('whatever'), 'transient'],
] as const)('%s is %s', (error, reason) => {
  expect(toFailure(error, aTicket('j'))).toEqual({ result: 'failed', reason, error: error.message });
});

test('what is no error still says something', () => {
  expect(describeError('a text', null)).toBe('a text');
  expect(describeError(new Error(''), null)).toBe('Error');
});

test('values of the environment are masked by name, the longest first', () => {
  const template = { env: { KEY: 'hunter22', LONG_KEY: 'hunter22-and-more', FLAG: '1' } };
  const error = new Error('exit code 1: login with hunter22-and-more failed, then with hunter22');
  expect(describeError(error, template)).toBe('exit code 1: login with [LONG_KEY] failed, then with [KEY]');
});

test('a value is masked before the text is cut, so that no part of it is left at the end', () => {
  const secret = 'x'.repeat(40);
  const text = describeError(new Error('.'.repeat(ERROR_LENGTH_MAX - 20) + secret), { env: { S: secret } });
  expect(text).not.toContain('x');
});

test('the text is cut', () => {
  const text = describeError(new Error('.'.repeat(10_000)), null);
  expect(text).toHaveLength(ERROR_LENGTH_MAX);
  expect(text.endsWith('…')).toBe(true);
});

test('each line of a value is masked, because what repeats it may add or leave out lines', () => {
  const template = { env: { PEM: '-----BEGIN-----\n\nMIIBVgIBADAN\n-----END-----' } };
  expect(describeError(new Error('bad key: MIIBVgIBADAN'), template)).toBe('bad key: [PEM]');
});
