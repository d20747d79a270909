import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject, StepKind } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { STEP_INPUTS } from '../schemas/steps/step-inputs.ts';
import { createStepCheck } from './check-step.ts';
import { programEnvironment } from './exec/program-environment.ts';
import { createHttpStep } from './http/http-step.ts';
import { aStepCall } from './test-step.ts';

/** docs/steps.md says what the code does. */
const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'steps.md'), 'utf8');
const examples = [...page.matchAll(/^```yaml (\w+)\n(.*?)^```$/gms)].map(([, kind = '', text = '']) => ({
  kind: kind as StepKind,
  text,
}));

test.each(examples)('the example of $kind is one: $text', ({ kind, text }) => {
  const http = createHttpStep({ timers: { set: () => () => {} }, clock: { now: () => 0 } });
  expect(createStepCheck({ http })(kind, parse(text) as JsonObject)).toBeNull();
});

test('every kind has an example and a row', () => {
  for (const kind of Object.keys(STEP_INPUTS)) {
    // Steps on machines and in containers have a page of their own.
    const isHere = kind !== 'ssh' && kind !== 'container';
    if (isHere) expect(examples.map((example) => example.kind)).toContain(kind);
    expect(page).toMatch(new RegExp(`^\\| \\[?\`${kind}\``, 'm'));
  }
});

test('every variable of a program is named', () => {
  const variables = programEnvironment({
    inherited: {},
    given: {},
    owner: 'x',
    evidenceFile: '/x',
    step: aStepCall('exec', {}),
  });
  const names = Object.keys(variables).filter(
    (name) => name !== 'PATH' && !name.startsWith('POOLKEEPER_ENDPOINT_'),
  );
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  expect(page).toContain('`POOLKEEPER_ENDPOINT_<NAME>`');
});
