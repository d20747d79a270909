import { isSecretOption } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { checkProvider, openProvider } from './open-provider.ts';
import { openSecretOptions } from './secret-options.ts';
import { aProviderContext } from './test-context.ts';

const SECRETS: Record<string, string> = {
  whole: '{"cloudApiSettings":{"user":"ann","password":"hunter2!"},"name":"web"}',
  token: 's3cr3t-token',
  number: '12345',
};
const openSecret = async (name: string): Promise<string> => {
  const text = SECRETS[name];
  if (text === undefined) throw new Error(`There is no secret "${name}".`);
  return text;
};
const opened = async (value: object) =>
  (await openSecretOptions({ option: value as never }, openSecret)).options['option'];

test.each([
  [
    { secret: 'whole', member: 'cloudApiSettings' },
    { user: 'ann', password: 'hunter2!' },
  ],
  [
    { secret: 'whole', member: 'cloudApiSettings', revision: 3 },
    { user: 'ann', password: 'hunter2!' },
  ],
  [{ secret: 'whole' }, { cloudApiSettings: { user: 'ann', password: 'hunter2!' }, name: 'web' }],
  [{ secret: 'token' }, 's3cr3t-token'],
  [{ secret: 'number' }, '12345'],
])('%j is opened', async (option, value) => {
  expect(await opened(option)).toEqual(value);
});

test('what only looks like one stays as it is', async () => {
  for (const value of [
    { secret: 7 },
    { secret: 'token', more: 1 },
    ['token'],
    { settings: { secret: 'token' } },
  ]) {
    expect(isSecretOption(value as never)).toBe(false);
    expect(await opened(value)).toEqual(value);
  }
});

test.each([
  [
    { secret: 'whole', member: 'keys' },
    'Option "option" needs the member "keys" of secret "whole", which has none.',
  ],
  [
    { secret: 'token', member: 'keys' },
    'Option "option" needs the member "keys" of secret "token", which has none.',
  ],
  [{ secret: 'lost' }, 'There is no secret "lost".'],
])('%j is a fault that names the secret, and nothing of what is in it', async (option, message) => {
  await expect(opened(option)).rejects.toThrow(message);
});

test('an option that is a secret is checked when it is opened, and its value is in no message', async () => {
  const entry = { name: 'cloud', driver: 'simulated', url: { secret: 'token' } };
  expect(checkProvider(entry)).toEqual([]);
  const failure = await openProvider(entry, aProviderContext({ openSecret })).then(
    () => new Error('it was opened'),
    (error: unknown) => error as Error,
  );
  expect(failure.message).toContain('/url: The address of a cloud simulator is needed');
  expect(`${failure.message} ${failure.stack} ${String(failure.cause)}`).not.toContain('s3cr3t-token');
});
