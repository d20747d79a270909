import { expect, test } from 'vitest';
import { createOpenSecret } from './provider-secrets.ts';

const open = createOpenSecret({
  findSecret: async (name) =>
    name === 'lost'
      ? undefined
      : ({ name, sealed: `sealed ${name}`, version: 1, createdAt: 0, updatedAt: 0 } as never),
  open: (name, sealed) => {
    if (name === 'closed') throw new Error('it is sealed with a key that is not here.');
    return `${name}: ${sealed}`;
  },
});

test('a secret is opened as it is now', async () => {
  expect(await open('cloud')).toBe('cloud: sealed cloud');
});

test('one that is not there, or cannot be opened, says so', async () => {
  await expect(open('lost')).rejects.toThrow(
    'There is no secret "lost". Set it with "poolkeeper secret set lost".',
  );
  await expect(open('closed')).rejects.toThrow(
    'The secret "closed" cannot be opened: it is sealed with a key',
  );
});
