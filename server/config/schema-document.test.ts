import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { PoolInput } from '../http/schemas/pool.ts';
import { ResourceInput } from '../http/schemas/resource.ts';
import { ConfigurationFile } from './file-schema.ts';
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

/** Bounds and names of a schema, without its words for people. */
function bounds(schema: unknown): unknown {
  const text = JSON.stringify(schema, (key, value: unknown) =>
    ['description', 'title', 'examples', 'x-max-depth', 'oneOf', '$id'].includes(key) ? undefined : value,
  );
  return JSON.parse(text) as unknown;
}

type WithMembers = { properties: Record<string, WithMembers & { items: WithMembers }> };

test('a pool and a resource have the same members and bounds in the file as in the API', () => {
  const pool = (ConfigurationFile as unknown as WithMembers).properties['pools']?.items as WithMembers;
  const resource = pool.properties['resources']?.items as WithMembers;
  const { resources: _resources, ...members } = pool.properties;
  expect(bounds(members)).toEqual(bounds(PoolInput.properties));
  const { pool: _pool, ...traits } = ResourceInput.properties;
  expect(bounds(resource.properties)).toEqual(bounds(traits));
});
