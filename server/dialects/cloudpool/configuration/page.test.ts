import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { parseConfiguration } from './parse-configuration.ts';

const PAGE = join(import.meta.dirname, '../../../../docs/cloudpool-configuration.md');

const examples = [...readFileSync(PAGE, 'utf8').matchAll(/^```json\n(.*?)^```$/gms)]
  .map(([, text]) => JSON.parse(text ?? '') as JsonObject)
  .filter((example) => !('topic' in example));

test('the page has examples', () => expect(examples).toHaveLength(3));

test.each(examples)('the example %j can be configured, and is shown as it was given', (example) => {
  const { echo, name } = parseConfiguration(example);
  expect(name).toBe('web');
  const isOfToday = 'cloudApiSettings' in example;
  expect(echo).toEqual(isOfToday ? example : parseConfiguration(echo).echo);
});
