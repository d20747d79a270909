import { expect, test } from 'vitest';
import { StepRefused } from '../contract.ts';
import { aStepCall } from '../test-calls.ts';
import { findTarget, targetText } from './target.ts';

const resourceWith = (where: object) => ({ ...aStepCall({}).resource, ...where });
const both = resourceWith({ addresses: ['10.0.0.7', '10.0.0.8'], endpoints: { ssh: 'ssh://board-1:2222' } });

test('a machine is where the step says, else at its endpoint, else at its first address', () => {
  expect(findTarget({ host: 'other', port: 23 }, both)).toEqual({ host: 'other', port: 23 });
  expect(findTarget({}, both)).toEqual({ host: 'board-1', port: 2222 });
  expect(findTarget({ port: 23 }, both)).toEqual({ host: 'board-1', port: 23 });
  expect(findTarget({}, resourceWith({ addresses: ['10.0.0.7'] }))).toEqual({ host: '10.0.0.7', port: 22 });
});

test.each([
  ['board-1', 'board-1:22'],
  ['board-1:2222', 'board-1:2222'],
  ['ssh://root@board-1', 'board-1:22'],
  ['ssh://[fe80::1]:2222', '[fe80::1]:2222'],
])('the endpoint %s is %s', (endpoint, text) => {
  expect(targetText(findTarget({}, resourceWith({ endpoints: { ssh: endpoint } })))).toBe(text);
});

test('an endpoint that is none, and a resource that is nowhere, are refused with what to do', () => {
  const wrong = resourceWith({ endpoints: { ssh: 'https://board-1' } });
  expect(() => findTarget({}, wrong)).toThrow(StepRefused);
  expect(() => findTarget({}, wrong)).toThrow('neither ssh://HOST:PORT nor HOST:PORT');
  expect(() => findTarget({}, resourceWith({}))).toThrow(
    'board-1 has neither an address nor an endpoint "ssh"',
  );
});
