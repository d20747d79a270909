import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '@poolkeeper/core';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkProvider } from '../open-provider.ts';
import { readSettings } from './settings.ts';
import { readTemplate } from './template.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');

type Example = {
  readonly providers: readonly JsonObject[];
  readonly pools: readonly { readonly template: JsonObject }[];
};

test('examples/openstack is right: its shape, its provider and its template', () => {
  const example = parse(read('examples', 'openstack', 'poolkeeper.yaml')) as Example;
  const schema = JSON.parse(read('docs', 'schema', 'poolkeeper.schema.json')) as object;
  const validate = new Ajv({ strict: false }).compile(schema);
  expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
  expect(example.providers.flatMap(checkProvider)).toEqual([]);
  for (const { template } of example.pools) expect(readTemplate(template)).toHaveProperty('template');
});

test('the settings that the page on OpenStack shows are right', () => {
  const [, text = ''] = /```json settings\n([\s\S]*?)```/.exec(read('docs', 'openstack.md')) ?? [];
  expect(readSettings(JSON.parse(text) as JsonObject)).toHaveProperty('settings');
});
