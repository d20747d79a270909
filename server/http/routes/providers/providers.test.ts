import { describe, expect, test } from 'vitest';
import { aProviderStatus } from '../../../testing/a-provider-status.ts';
import { startHttp } from '../../../testing/http-harness.ts';
import type { HttpHarness } from '../../../testing/http-harness.ts';

const PAUSED = aProviderStatus({
  running: 1,
  waiting: 2,
  filling: { isPaused: true, pausedUntil: Date.parse('2023-11-14T22:14:05.000Z') },
  attempts: { created: 3, exhausted: 1 },
  lastError: { at: 1_700_000_000_000, pool: 'web', message: 'quota of 3 instances is used up' },
  looks: { lastSweepAt: 1_700_000_000_000, observed: 3, failures: 0, lastError: null },
});

/** A pool of five on provider `maker`, whose members are never made. */
async function fill(http: HttpHarness, name = 'web'): Promise<void> {
  const spec = { provider: 'maker', size: { desired: 5 }, template: { stuck: true } };
  await http.keeper.ask({ type: 'putPool', name, merge: false, spec });
}

test('a provider shows its limits, its work, and its pools with what they lack', async () => {
  await using http = await startHttp({ providersStatus: () => [PAUSED] });
  await fill(http);
  const { status, body } = await http.get('/v1/providers/maker');
  expect(status).toBe(200);
  expect(body).toEqual({
    name: 'maker',
    driver: 'process',
    status: 'open',
    version: 1,
    makes: true,
    state: 'paused',
    summary:
      'Its quota or capacity is used up; creations are paused until 22:14:05 UTC, then one is tried. ' +
      'What is to be destroyed still is. Jobs waiting: 2.',
    until: '2023-11-14T22:14:05.000Z',
    limits: { concurrency: 8, rate: 50, burst: 50, failures: 5, pause: '5s' },
    running: 1,
    waiting: 2,
    attempts: { created: 3, exhausted: 1 },
    lastError: { at: '2023-11-14T22:13:20.000Z', message: 'quota of 3 instances is used up' },
    lastObserve: { at: '2023-11-14T22:13:20.000Z', things: 3, failures: 0, error: null },
    pools: [{ name: 'web', target: 5, members: 5, unmade: 5, leaving: 0, held: 0 }],
    poolCount: 1,
  });
});

test('providers are listed by name, page by page, those without work too', async () => {
  await using http = await startHttp({ providersStatus: () => [PAUSED] });
  const first = await http.get('/v1/providers?limit=1');
  expect(first.body.items).toMatchObject([
    { name: 'hand', state: 'ok', summary: 'Nothing was asked of it yet.', limits: null, lastObserve: null },
  ]);
  const second = await http.get(`/v1/providers?limit=1&cursor=${first.body.next}`);
  expect(second.body).toMatchObject({ items: [{ name: 'maker', state: 'paused' }], next: null });
});

test('a provider that is not configured is not found', async () => {
  await using http = await startHttp();
  const { status, body } = await http.get('/v1/providers/cloud');
  expect([status, body.code]).toEqual([404, 'provider_not_found']);
  expect(body.detail).toContain('GET /v1/providers');
});

test('who is bound to pools sees the providers of those, and no other pool', async () => {
  await using http = await startHttp({ providersStatus: () => [PAUSED] });
  await fill(http);
  await fill(http, 'secret');
  await http.token('bound', 'viewer', { pools: ['web'] });
  await http.pool('other', 0);
  await http.token('elsewhere', 'viewer', { pools: ['other'] });
  const { body } = await http.get('/v1/providers', { as: 'bound' });
  expect(body.items).toMatchObject([{ name: 'maker', poolCount: 1, pools: [{ name: 'web' }] }]);
  const elsewhere = await http.get('/v1/providers', { as: 'elsewhere' });
  expect(elsewhere.body.items).toMatchObject([{ name: 'hand' }]);
  const hidden = await http.get('/v1/providers/maker', { as: 'elsewhere' });
  expect([hidden.status, hidden.body.code]).toEqual([404, 'provider_not_found']);
});

test('what the place said in an error is told to overseers of the pool that it is about', async () => {
  const looks = {
    lastSweepAt: null,
    observed: 0,
    failures: 2,
    lastError: { at: 1_700_000_000_000, message: 'no route to 10.0.0.7' },
  };
  await using http = await startHttp({ providersStatus: () => [{ ...PAUSED, looks }] });
  await fill(http);
  await fill(http, 'other');
  await http.token('web-viewer', 'viewer', { pools: ['web'] });
  await http.token('other-viewer', 'viewer', { pools: ['other'] });
  const told = async (as: string): Promise<[boolean, boolean]> => {
    const { text } = await http.get('/v1/providers/maker', { as });
    return [text.includes('quota of 3 instances'), text.includes('10.0.0.7')];
  };
  expect(await told('viewer')).toEqual([true, true]);
  expect(await told('web-viewer')).toEqual([true, false]);
  expect(await told('other-viewer')).toEqual([false, false]);
  expect(await told('holder')).toEqual([false, false]);
});

test('a pool and a lease that waits for it say that the quota is used up, until when, and what to do', async () => {
  await using http = await startHttp({ providersStatus: () => [PAUSED] });
  await fill(http);
  const sentence =
    'The provider "maker" says its quota is used up; filling is paused until 22:14:05 UTC (5 of 5 members missing). ' +
    'Raise the quota or lower the size.';
  const pool = await http.get('/v1/pools/web/explain', { as: 'holder' });
  expect(pool.body.summary).toBe(
    `The pool is at its size of 5, 5 of them still to be made; 0 members are on offer. ${sentence}`,
  );
  const { body: lease } = await http.post('/v1/leases', { pool: 'web' }, { as: 'holder' });
  const explained = await http.get(`/v1/leases/${lease.id}/explain`, { as: 'holder' });
  expect(explained.body.summary).toBe(
    `It is first in line and waits for 1 more of pool "web": 5 being made. ${sentence}`,
  );
});

describe('PUT and DELETE /v1/providers/{provider}', () => {
  test('make a provider, change it for its version, and take it away', async () => {
    await using http = await startHttp();
    const put = (body: object, headers: Record<string, string> = {}) =>
      http.call('PUT', '/v1/providers/cloud', { body, headers });
    const made = await put({ driver: 'simulated', url: 'http://127.0.0.1:1', limits: { rate: 5 } });
    expect(made).toMatchObject({ status: 201, body: { name: 'cloud', makes: true, status: 'open' } });
    expect(JSON.stringify(made.body), 'options may be secret').not.toContain('127.0.0.1:1');
    expect((await put({ driver: 'simulated' }, { 'if-match': '"7"' })).status).toBe(412);
    const changed = await put({ driver: 'simulated', url: 'http://127.0.0.1:2' }, { 'if-match': '"1"' });
    expect([changed.status, changed.headers['etag']]).toEqual([200, '"2"']);
    expect((await http.get('/v1/config')).body.providers).toContainEqual({
      name: 'cloud',
      driver: 'simulated',
      url: 'http://127.0.0.1:2',
    });
    expect((await http.call('DELETE', '/v1/providers/cloud')).status).toBe(204);
    expect((await http.get('/v1/providers/cloud')).status).toBe(404);
  });

  test('a provider that pools use stays, or goes with the last of them', async () => {
    await using http = await startHttp();
    await fill(http);
    const refused = await http.call('DELETE', '/v1/providers/maker');
    expect(refused).toMatchObject({ status: 409, body: { code: 'provider_in_use' } });
    await http.pool('boards', 1);
    await http.post('/v1/leases', { pool: 'boards' });
    await http.call('DELETE', '/v1/pools/boards');
    const going = await http.call('DELETE', '/v1/providers/hand');
    expect(going).toMatchObject({ status: 202, body: { name: 'hand', status: 'removing' } });
  });

  test.each([
    [{}, '/driver', 'driver is missing'],
    [{ driver: 'static', limits: { rate: 0 } }, '/limits/rate', 'a number from 0.01'],
  ])('%j is refused', async (body, pointer, says) => {
    await using http = await startHttp();
    const answer = await http.call('PUT', '/v1/providers/x', { body });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
    expect(answer.body.errors[0].message).toContain(says);
  });
});
