import { expect, test } from 'vitest';
import { createStepCheck } from './check-step.ts';

test('the steps of the keeper, and those that only a runner does, are checked by their schemas', () => {
  const check = createStepCheck({});
  expect(check('wait', { for: '5s' })).toBeNull();
  expect(check('wait', {})).toContain('with/for: for is missing');
  expect(check('exec', { command: [] })).toContain('with/command');
  expect(check('approval', { question: 'x' })).toContain('there is no member "question" here');
});

test('what does a kind here has the word', () => {
  const run = () => Promise.reject(new Error('it is not run'));
  const check = createStepCheck({ exec: { check: () => 'not like that', run } });
  expect(check('exec', { command: ['true'] })).toBe('not like that');
});
