import type { Secret, SecretUse, StepTicket } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { StepRefused } from '../steps/contract.ts';
import { createOpenStepInput } from './open-step-input.ts';

/** Secrets whose sealed text is their value in base64; one that says so does not open. */
function opening(values: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const open = createOpenStepInput({
    findSecrets: async (names) => {
      asked.push(...names);
      return new Map(
        names.flatMap((name) => (name in values ? [[name, aSecret(name, values[name] ?? '')]] : [])),
      );
    },
    open: (_name, sealed) => {
      if (sealed === 'broken') throw new Error('its key is missing');
      return Buffer.from(sealed, 'base64').toString();
    },
  });
  return { open, asked };
}

function aSecret(name: string, value: string): Secret {
  const sealed = value === 'broken' ? value : Buffer.from(value).toString('base64');
  return { name, sealed, version: 1, createdAt: 0, changedAt: 0 };
}

function aStep(input: StepTicket['with'], secrets: readonly SecretUse[]): StepTicket {
  return { name: 'look', with: input, secrets } as Partial<StepTicket> as StepTicket;
}

test('a step without secrets is left as it is, and no secret is looked at', async () => {
  const { open, asked } = opening({ root: 'x' });
  const input = { text: '${secrets.root}' };
  expect(await open(aStep(input, []))).toEqual({ input, secretValues: [] });
  expect(asked).toEqual([]);
});

test('secrets are put where they belong, and told once each, so that they can be masked (J11)', async () => {
  const { open, asked } = opening({ root: 'tiger', user: 'ann', other: 'no' });
  const input = { url: '', list: ['a', { 'a/b~': '' }], rest: 7 };
  const step = aStep(input, [
    { pointer: '/url', parts: ['https://', { secret: 'user' }, ':', { secret: 'root' }, '@host'] },
    { pointer: '/list/1/a~1b~0', parts: [{ secret: 'root' }] },
  ]);
  expect(await open(step)).toEqual({
    input: { url: 'https://ann:tiger@host', list: ['a', { 'a/b~': 'tiger' }], rest: 7 },
    secretValues: ['ann', 'tiger'],
  });
  expect(asked).toEqual(['user', 'root']);
  expect(step.with).toEqual(input);
});

test('what a secret holds is never opened again', async () => {
  const { open } = opening({ root: '${secrets.user}', user: 'ann' });
  const { input } = await open(aStep({ a: '' }, [{ pointer: '/a', parts: [{ secret: 'root' }] }]));
  expect(input).toEqual({ a: '${secrets.user}' });
});

test.each([
  ['is not there', 'none', 'There is no secret "none". Set it with "poolkeeper secret set none"'],
  ['cannot be opened', 'shut', 'The secret "shut" cannot be opened: its key is missing'],
])('a secret that %s is a refusal that names it and no value', async (_what, secret, message) => {
  const { open } = opening({ root: 'tiger', shut: 'broken' });
  const parts = [{ secret: 'root' }, { secret }];
  const error: unknown = await Promise.resolve(open(aStep({ a: '' }, [{ pointer: '/a', parts }]))).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StepRefused);
  expect((error as Error).message).toContain(message);
  expect((error as Error).message).not.toContain('tiger');
});

test('a place that is not there is a refusal', async () => {
  const { open } = opening({ root: 'tiger' });
  const step = aStep({ a: {} }, [{ pointer: '/a/toString', parts: [{ secret: 'root' }] }]);
  await expect(open(step)).rejects.toThrow(StepRefused);
});
