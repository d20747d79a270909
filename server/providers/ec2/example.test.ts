import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '@poolkeeper/core';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkProvider } from '../open-provider.ts';
import { readTemplate } from './template.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');

type Example = {
  readonly providers: readonly JsonObject[];
  readonly pools: readonly { readonly template: JsonObject }[];
};

/** The first YAML of the page. */
function pageExample(): string {
  return /^```yaml\n([\s\S]*?)^```$/m.exec(read('docs', 'ec2.md'))?.[1] ?? '';
}

test.each([
  ['examples/ec2', read('examples', 'ec2', 'poolkeeper.yaml')],
  ['docs/ec2.md', pageExample()],
])('%s is right: its shape, its provider and its template', (_where, text) => {
  const example = parse(text) as Example;
  const schema = JSON.parse(read('docs', 'schema', 'poolkeeper.schema.json')) as object;
  const validate = new Ajv({ strict: false }).compile(schema);
  expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
  expect(example.providers.flatMap(checkProvider)).toEqual([]);
  expect(example.pools).toHaveLength(1);
  for (const { template } of example.pools) expect(readTemplate(template)).toHaveProperty('template');
});
