import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ERRORS } from '@poolkeeper/core';
import { BODY_EXAMPLES } from './openapi-examples.ts';
import { createOpenApiDocument, OPENAPI_FILE } from './openapi-document.ts';
import { startHttp } from '../testing/http-harness.ts';

const root = join(import.meta.dirname, '..', '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

type Operation = {
  operationId: string;
  summary?: string;
  tags?: string[];
  security: unknown[];
  responses: Record<string, { content?: Record<string, unknown> }>;
};
type Document = {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties: Record<string, { enum?: string[] }> }> };
};

const document = (await createOpenApiDocument(version)) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ at: `${method} ${path}`, ...operation })),
);

test('the committed document is the one that the routes declare; npm run openapi writes it', () => {
  const committed = readFileSync(join(root, OPENAPI_FILE), 'utf8');
  expect(JSON.parse(committed)).toEqual(JSON.parse(JSON.stringify(document)));
});

test('it is an OpenAPI 3.1 document in which every reference leads somewhere', () => {
  expect(document.openapi).toBe('3.1.0');
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
    ([, reference = '']) => reference,
  );
  expect(references.length).toBeGreaterThan(30);
  for (const reference of new Set(references)) {
    const [, , , name = ''] = reference.split('/');
    expect(document.components.schemas, reference).toHaveProperty(name);
  }
});

test('every operation has an id of its own, a summary, a tag and the shape of its refusals', () => {
  expect(operations.length).toBeGreaterThan(30);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const { at, summary, tags, responses } of operations) {
    expect(summary, at).toBeTruthy();
    expect(tags, at).toHaveLength(1);
    expect(responses['default']?.content, at).toHaveProperty('application/problem+json');
  }
});

test('the codes of problems are the catalogue', () => {
  expect(document.components.schemas['Problem']?.properties['code']?.enum).toEqual(Object.keys(ERRORS));
});

test('what needs a token says so', () => {
  const open = operations.filter(({ security }) => security.length === 0).map(({ at }) => at);
  expect(open.toSorted()).toEqual([
    'get /',
    'get /.well-known/poolkeeper-keys.json',
    'get /healthz',
    'get /readyz',
  ]);
});

test('the document is served to everybody', async () => {
  await using http = await startHttp({ version });
  const { status, headers, body } = await http.get('/openapi.json', { as: null });
  expect(status).toBe(200);
  expect(headers['content-type']).toContain('application/json');
  expect(body).toEqual(JSON.parse(JSON.stringify(document)));
});

test('every answer says what it means', () => {
  expect(JSON.stringify(document)).not.toContain('Default Response');
});

test('every example of a body is one that its operation accepts', async () => {
  await using http = await startHttp();
  for (const [operationId, body] of Object.entries(BODY_EXAMPLES)) {
    const found = operations.find((one) => one.operationId === operationId);
    const [method = '', path = ''] = (found?.at ?? '').split(' ');
    const url = path.replaceAll(/\{\w+\}/g, 'lab');
    const { status, text } = await http.call(method.toUpperCase() as 'POST', url, { body: { ...body } });
    expect(status, `${operationId}: ${text}`).toBeLessThan(300);
  }
});
