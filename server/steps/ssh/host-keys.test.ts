import { expect, test } from 'vitest';
import { StepRefused } from '../contract.ts';
import { fingerprintOf, isHostKeyRight, kindOf, readHostKeys } from './host-keys.ts';

const ED25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIA1U2Qd4zX0yUo5mS8xkcyyV5kW0B2xq3y3eEJcPtZ9V';
const key = Buffer.from(ED25519, 'base64');
const other = Buffer.concat([key.subarray(0, -1), Buffer.of(0)]);

test.each([
  ['a fingerprint', fingerprintOf(key)],
  ['a public key', `ssh-ed25519 ${ED25519}`],
  ['a public key with a comment', `ssh-ed25519 ${ED25519} root@board-1`],
  ['a line of known_hosts', `board-1,10.0.0.7 ssh-ed25519 ${ED25519}`],
  ['several lines, with comments', `# keys of board-1\n\nssh-ed25519 ${ED25519}\n`],
])('a machine is known by %s', (_what, said) => {
  const keys = readHostKeys(said);
  expect(isHostKeyRight(keys, key)).toBe(true);
  expect(isHostKeyRight(keys, other)).toBe(false);
});

test('one of several keys is enough', () => {
  const keys = readHostKeys([fingerprintOf(other), `ssh-ed25519 ${ED25519}`]);
  expect([isHostKeyRight(keys, key), isHostKeyRight(keys, other)]).toEqual([true, true]);
});

test('a machine is asked for a key of the kind that is known, where it is known', () => {
  expect(kindOf(key)).toBe('ssh-ed25519');
  expect(readHostKeys(`ssh-ed25519 ${ED25519}`).algorithms).toEqual(['ssh-ed25519']);
  expect(readHostKeys(fingerprintOf(key)).algorithms).toBeNull();
});

test('any key is right when that is said, and nothing else is said', () => {
  expect(isHostKeyRight(readHostKeys('accept-any-host-key'), other)).toBe(true);
  expect(() => readHostKeys(['accept-any-host-key', fingerprintOf(key)])).toThrow('Say one or the other');
});

test.each([
  'MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48',
  'SHA256:short',
  'yes',
  `@cert-authority *.example ssh-ed25519 ${ED25519}`,
  '# nothing',
])('%s is no key, and it is said how to come by one', (said) => {
  expect(() => readHostKeys(said)).toThrow(StepRefused);
  expect(() => readHostKeys(said)).toThrow('ssh-keygen -lf');
});
