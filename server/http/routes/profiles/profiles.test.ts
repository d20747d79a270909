import { expect, test } from 'vitest';
import { startHttp } from '../../../testing/http-harness.ts';

test('a profile is made, changed and shown, with the pools that give it', async () => {
  await using http = await startHttp();
  const made = await http.call('PUT', '/v1/profiles/fast', { body: { params: { speed: 3 } } });
  expect([made.status, made.headers['etag']]).toEqual([201, '"1"']);
  const on = { enter: { addProfiles: ['fast'] } };
  await http.call('PUT', '/v1/pools/boards', { body: { provider: 'hand', on } });
  const changed = await http.call('PUT', '/v1/profiles/fast', {
    body: { name: 'fast', params: { speed: 4, on: ['a', { b: null }] } },
    headers: { 'if-match': '"1"' },
  });
  expect(changed.status).toBe(200);
  const shown = await http.get('/v1/profiles/fast', { as: 'viewer' });
  expect(shown.body).toEqual({
    name: 'fast',
    params: { speed: 4, on: ['a', { b: null }] },
    usedBy: [{ pool: 'boards', transition: 'enter', as: 'addProfiles' }],
    createdAt: '2023-11-14T22:13:20.000Z',
    version: 2,
  });
});

test('profiles are listed by name, page by page', async () => {
  await using http = await startHttp();
  for (const name of ['b', 'a']) await http.call('PUT', `/v1/profiles/${name}`, { body: { params: {} } });
  const first = await http.get('/v1/profiles?limit=1');
  expect(first.body.items).toMatchObject([{ name: 'a' }]);
  const second = await http.get(`/v1/profiles?limit=1&cursor=${first.body.next}`);
  expect(second.body).toMatchObject({ items: [{ name: 'b' }], next: null });
});

test('one without parameters, for an older version or in use is refused', async () => {
  await using http = await startHttp();
  const empty = await http.call('PUT', '/v1/profiles/fast', { body: {} });
  expect(empty.body.errors).toMatchObject([{ pointer: '/params' }]);
  await http.call('PUT', '/v1/profiles/fast', { body: { params: {} } });
  const stale = { body: { params: { a: 1 } }, headers: { 'if-match': '"7"' } };
  expect((await http.call('PUT', '/v1/profiles/fast', stale)).status).toBe(412);
  const on = { enter: { addProfiles: ['fast'] } };
  await http.call('PUT', '/v1/pools/boards', { body: { provider: 'hand', on } });
  const used = await http.call('DELETE', '/v1/profiles/fast');
  expect([used.status, used.body.code]).toEqual([409, 'profile_in_use']);
  await http.call('DELETE', '/v1/pools/boards');
  expect((await http.call('DELETE', '/v1/profiles/fast')).status).toBe(204);
  expect((await http.get('/v1/profiles/fast')).body.code).toBe('profile_not_found');
});
