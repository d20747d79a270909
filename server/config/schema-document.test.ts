import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { SCHEMA_PATH, schemaDocument } from './schema-document.ts';

const root = join(import.meta.dirname, '..', '..');

test('the published schema is the one that files are checked by; npm run schema writes it', () => {
  expect(readFileSync(join(root, SCHEMA_PATH), 'utf8')).toBe(schemaDocument());
});

test('a foreign validator takes the quickstart by it and refuses a wrong member', () => {
  const validate = new Ajv({ strict: false }).compile(JSON.parse(schemaDocument()) as object);
  const file = parse(readFileSync(join(root, 'examples', 'quickstart', 'poolkeeper.yaml'), 'utf8')) as object;
  expect(validate(file), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...file, pool: [] })).toBe(false);
});
