import { ERRORS } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { startHttp } from '../testing/http-harness.ts';

test('/docs shows the document with a script of this server: no request leaves for another host', async () => {
  await using http = await startHttp();
  const moved = await http.get('/docs', { as: null });
  expect([moved.status, moved.headers['location']]).toEqual([301, '/docs/']);
  const page = await http.get('/docs/', { as: null });
  expect(page.status).toBe(200);
  expect(page.text).toContain('"url": "/openapi.json"');
  const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source);
  expect(sources).toEqual(['js/scalar.js']);
  const script = await http.get('/docs/js/scalar.js', { as: null });
  expect([script.status, script.headers['content-type']]).toEqual([
    200,
    'application/javascript; charset=utf-8',
  ]);
  expect(script.text.length).toBeGreaterThan(100_000);
  expect(page.text).toContain('"withDefaultFonts": false');
});

test('/errors explains every code where the type of a problem points', async () => {
  await using http = await startHttp();
  const { type } = (await http.get('/v1/pools/nope')).body;
  expect(type).toBe('/errors#pool_not_found');
  const { status, text } = await http.get('/errors', { as: null });
  expect(status).toBe(200);
  for (const [code, { title }] of Object.entries(ERRORS)) {
    expect(text).toContain(`id="${code}"`);
    expect(text).toContain(title);
  }
});
