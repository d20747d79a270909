import { expect, test } from 'vitest';
import { startHttp } from '../../../testing/http-harness.ts';
import type { Answer, HttpHarness } from '../../../testing/http-harness.ts';

const KEY = 'tiger-tiger-burning';
const BOSS = 'lion-in-the-shade';
const GIVEN = { current: { apikey: KEY }, management: { apikey: BOSS } };

async function account(http: HttpHarness): Promise<string> {
  const [one] = await http.pool('accounts', 1);
  return one?.id ?? '';
}

function put(http: HttpHarness, id: string, body: unknown, headers = {}, as = 'operator'): Promise<Answer> {
  return http.call('PUT', `/v1/resources/${id}/credentials`, { body, headers, as });
}

test('credentials are set, replaced and removed, and only that they are there is shown', async () => {
  await using http = await startHttp();
  const id = await account(http);
  const path = `/v1/resources/${id}/credentials`;
  expect((await http.get(path)).body).toMatchObject({ resource: id, current: null, version: 0 });
  const made = await put(http, id, GIVEN);
  const kept = { since: '2023-11-14T22:13:20.000Z', epoch: 0, canOpen: true };
  expect([made.status, made.headers['etag'], made.body]).toEqual([
    200,
    '"1"',
    {
      resource: id,
      current: kept,
      pending: null,
      management: kept,
      version: 1,
      changedAt: '2023-11-14T22:13:20.000Z',
    },
  ]);
  const changed = await put(http, id, { current: { apikey: `${KEY}-2` } }, { 'if-match': '"1"' });
  expect(changed).toMatchObject({ status: 200, body: { version: 2, management: kept } });
  const shown = await http.get(path, { as: 'operator' });
  expect(shown.body).toEqual(changed.body);
  const resource = await http.get(`/v1/resources/${id}`);
  expect(resource.body.hasCredentials).toBe(true);
  const listed = await http.get('/v1/resources');
  const removed = await http.call('DELETE', path);
  expect(removed.status).toBe(204);
  expect((await http.get(`/v1/resources/${id}`)).body).not.toHaveProperty('hasCredentials');
  expect((await http.call('DELETE', path)).status).toBe(204);
  const events = await http.get('/v1/events');
  expect(events.text).toContain('credential.removed');
  for (const { text } of [made, changed, shown, resource, listed, events, await http.get('/metrics')])
    expect(text).not.toMatch(/tiger|lion|pkseal/);
});

test('null takes one part away, and what is left out stays', async () => {
  await using http = await startHttp();
  const id = await account(http);
  await put(http, id, GIVEN);
  expect((await put(http, id, { current: null })).body).toMatchObject({ current: null, version: 2 });
  expect((await put(http, id, { management: null })).body).toMatchObject({ management: null, version: 0 });
});

test.each<[string, unknown, string]>([
  ['nothing', {}, ''],
  ['no texts', { current: {} }, '/current'],
  ['a number', { current: { pin: 471_147 } }, '/current/pin'],
  ['an empty text', { current: { apikey: '' } }, '/current/apikey'],
  ['a name that is no variable', { current: { 'api-key': KEY } }, '/current/api-key'],
  ['a text for an object', { current: KEY }, '/current'],
  ['what is pending', { pending: { apikey: KEY } }, '/pending'],
  ['16385 characters', { current: { apikey: KEY.padEnd(16_385, 'x') } }, '/current/apikey'],
  [
    'more than 32 KiB',
    { current: { a: KEY.padEnd(16_000, 'x'), b: 'y'.repeat(16_000), c: 'z'.repeat(16_000) } },
    '/current',
  ],
])('%s is refused, and not repeated', async (_what, body, pointer) => {
  await using http = await startHttp();
  const id = await account(http);
  const before = await http.lastEvent();
  const refused = await put(http, id, body);
  expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, pointer]);
  expect(refused.text).not.toMatch(/tiger|471147/);
  expect(await http.lastEvent()).toBe(before);
});

test('a change for another version, or of what is not there, is refused', async () => {
  await using http = await startHttp();
  const id = await account(http);
  expect(await put(http, id, GIVEN, { 'if-match': '"1"' })).toMatchObject({
    status: 404,
    body: { code: 'no_credentials' },
  });
  await put(http, id, GIVEN);
  expect((await put(http, id, GIVEN, { 'if-match': '"2"' })).status).toBe(412);
  expect((await put(http, 'res_none', GIVEN)).status).toBe(404);
});

test('what is outside of a grant has no credentials to set or to look at', async () => {
  await using http = await startHttp();
  const id = await account(http);
  await http.pool('web', 1);
  await http.token('boarder', 'operator', { pools: ['web'] });
  expect(await put(http, id, GIVEN, {}, 'boarder')).toMatchObject({
    status: 404,
    body: { code: 'resource_not_found' },
  });
  expect((await http.get(`/v1/resources/${id}/credentials`, { as: 'boarder' })).status).toBe(404);
  await http.token('keeper', 'operator', { pools: ['accounts'] });
  expect((await put(http, id, GIVEN, {}, 'keeper')).status).toBe(200);
});

test('a resource has its credentials before anybody can have it', async () => {
  await using http = await startHttp();
  await http.pool('accounts', 0);
  const lease = await http.post('/v1/leases', { pool: 'accounts' }, { as: 'holder' });
  expect(lease.body.status).toBe('queued');
  const account = { pool: 'accounts', name: 'one', credentials: GIVEN };
  const made = await http.post('/v1/resources', account, { as: 'operator' });
  expect(made).toMatchObject({ status: 201, body: { hasCredentials: true, status: 'leased' } });
  const types = (await http.events()).map(({ type }) => type);
  expect(types.indexOf('credential.changed')).toBeLessThan(types.indexOf('resource.entered'));
  const shown = await http.get(`/v1/leases/${lease.body.id}/credentials`, { as: 'holder' });
  expect(shown.body.resources).toMatchObject([{ name: 'one', values: { apikey: KEY } }]);
});

test('one whose key is missing is shown as such', async () => {
  await using http = await startHttp();
  const id = await account(http);
  await http.keeper.ask({
    type: 'putCredential',
    resource: id,
    sealed: { current: 'pkseal1.x.y.z.a' },
    by: 'x',
  });
  const { body } = await http.get(`/v1/resources/${id}/credentials`);
  expect(body.current.canOpen).toBe(false);
});
