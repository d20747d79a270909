import { describe, expect, test } from 'vitest';
import { startHttp } from '../../../testing/http-harness.ts';
import type { HttpHarness } from '../../../testing/http-harness.ts';

const OPS = { url: 'https://hooks.example.org/pk', events: { types: ['lease.*'] } };

function put(http: HttpHarness, body: object, headers: Record<string, string> = {}, name = 'ops') {
  return http.call('PUT', `/v1/webhooks/${name}`, { body, headers });
}

test('a webhook is made with a secret that is shown once, and is shown with how it does (N9)', async () => {
  await using http = await startHttp();
  const { status, headers, body } = await put(http, OPS);
  expect([status, headers['etag'], headers['cache-control']]).toEqual([201, '"1"', 'no-store']);
  const { secret, ...shown } = body;
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
  expect(shown).toEqual({
    name: 'ops',
    kind: 'http',
    url: 'https://hooks.example.org/pk',
    to: null,
    events: { types: ['lease.*'], pools: null },
    disabled: false,
    state: 'ok',
    sentThrough: await http.lastEvent(),
    behind: 0,
    attempts: 0,
    failingSince: null,
    nextAttemptAt: null,
    lastError: null,
    createdAt: '2023-11-14T22:13:20.000Z',
    version: 1,
  });
  expect((await http.get('/v1/webhooks/ops')).body).toEqual(shown);
  for (const url of ['/v1/webhooks', '/v1/webhooks/ops', '/v1/events']) {
    expect((await http.get(url)).text).not.toContain('whsec_');
  }
  const stored = await http.keeper.read(({ webhooks }) => JSON.stringify(webhooks.get('ops')));
  expect(stored).toContain('sealed for ops');
  expect(stored).not.toContain(secret);
});

test('a change keeps the secret, a secret that is given takes its place, and a new one can be asked for', async () => {
  await using http = await startHttp();
  await put(http, OPS);
  const sealed = () => http.keeper.read(({ webhooks }) => webhooks.get('ops')?.sealedSecret);
  const first = await sealed();
  const changed = await put(http, { ...OPS, disabled: true }, { 'if-match': '"1"' });
  expect(changed).toMatchObject({ status: 200, body: { state: 'disabled', version: 2 } });
  expect([changed.body.secret, await sealed()]).toEqual([undefined, first]);
  expect((await put(http, OPS, { 'if-match': '"1"' })).body.code).toBe('version_mismatch');
  const given = await put(http, { ...OPS, secret: `whsec_${'A'.repeat(32)}` });
  expect([given.body.secret, (await sealed()) === first]).toEqual([undefined, false]);
  const anew = await put(http, { ...OPS, newSecret: true });
  expect(anew.body.secret).toMatch(/^whsec_/);
});

test('mail needs no secret, and a webhook that becomes one forgets its own', async () => {
  await using http = await startHttp();
  await put(http, OPS);
  const { body } = await put(http, { to: ['ops@example.org'], events: { types: ['*'] } });
  expect(body).toMatchObject({ kind: 'mail', url: null, to: ['ops@example.org'] });
  expect(await http.keeper.read(({ webhooks }) => webhooks.get('ops')?.sealedSecret)).toBeNull();
  expect((await put(http, OPS)).body.secret).toMatch(/^whsec_/);
});

describe('what is refused names the member', () => {
  const events = { types: ['*'] };
  test.each<[string, object, string]>([
    ['nowhere to send to', { events }, '/url'],
    ['two places', { ...OPS, to: ['a@b'] }, '/to'],
    ['another protocol', { url: 'file:///etc/passwd', events }, '/url'],
    ['a password in the address', { url: 'http://a:b@127.0.0.1/', events }, '/url'],
    ['no events', { url: OPS.url, events: { types: [] } }, '/events/types'],
    ['events that are not there', { url: OPS.url, events: { types: ['lend.*'] } }, '/events/types/0'],
    ['what is no pattern of events', { url: OPS.url, events: { types: ['lease.gr*'] } }, '/events/types/0'],
    [
      'a pool that is not there',
      { url: OPS.url, events: { types: ['*'], pools: ['no'] } },
      '/events/pools/0',
    ],
    ['a secret that is too short', { ...OPS, secret: 'whsec_AAAA' }, '/secret'],
    ['two secrets', { ...OPS, secret: `whsec_${'A'.repeat(32)}`, newSecret: true }, '/newSecret'],
    ['a secret for mail', { to: ['a@b'], events, newSecret: true }, '/newSecret'],
    ['two addresses in one', { to: ['a@b, c@d'], events }, '/to/0'],
  ])('%s', async (_what, body, pointer) => {
    await using http = await startHttp();
    const before = await http.lastEvent();
    const answer = await put(http, body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body.errors).toMatchObject([{ pointer }]);
    expect(await http.lastEvent()).toBe(before);
  });

  test('mail, where the server sends none', async () => {
    const none = { sendsMail: false } as never;
    await using http = await startHttp({ notifications: none });
    const { body } = await put(http, { to: ['a@b'], events });
    expect(body.detail).toContain('--smtp-url');
  });
});

test('trouble is shown: since when, how often, why, and when it is tried again', async () => {
  await using http = await startHttp();
  await put(http, OPS);
  const { sentThrough } = (await http.get('/v1/webhooks/ops')).body;
  const failure = { error: 'It answered 500.', retryAfterMs: null, isFinal: false };
  const note = { type: 'noteDelivery', webhook: 'ops', version: 1, sentThrough } as const;
  await http.keeper.ask({ ...note, failure });
  await http.pool('web', 1);
  expect((await http.get('/v1/webhooks/ops')).body).toMatchObject({
    state: 'failing',
    attempts: 1,
    failingSince: '2023-11-14T22:13:20.000Z',
    nextAttemptAt: '2023-11-14T22:13:23.750Z',
    lastError: 'It answered 500.',
    behind: 2,
  });
  const metrics = await http.get('/metrics');
  expect(metrics.text).toContain('poolkeeper_webhook_behind_events{webhook="ops"} 2');
  expect(metrics.text).toContain('poolkeeper_webhook_failing_attempts{webhook="ops"} 1');
  await http.keeper.ask({ ...note, failure: { ...failure, isFinal: true } });
  expect((await http.get('/v1/webhooks/ops')).body).toMatchObject({ state: 'stopped', nextAttemptAt: null });
  const retried = await http.post('/v1/webhooks/ops/retry', undefined);
  expect(retried).toMatchObject({ status: 200, body: { state: 'ok', attempts: 0, behind: 4 } });
});

test('a test says what came of it', async () => {
  await using http = await startHttp();
  expect((await http.post('/v1/webhooks/ops/test', undefined)).body.code).toBe('webhook_not_found');
  await put(http, OPS);
  expect(await http.post('/v1/webhooks/ops/test', undefined)).toMatchObject({
    status: 200,
    body: { delivered: false, error: 'Nobody answers there: nothing listens.', durationMs: 3 },
  });
});

test('webhooks are listed by name, page by page, and removed', async () => {
  await using http = await startHttp();
  for (const name of ['zoo', 'ant', 'mid']) await put(http, OPS, {}, name);
  const first = await http.get('/v1/webhooks?limit=2');
  const second = await http.get(`/v1/webhooks?limit=2&cursor=${first.body.next}`);
  const names = [...first.body.items, ...second.body.items].map(({ name }: { name: string }) => name);
  expect(names).toEqual(['ant', 'mid', 'zoo']);
  expect((await http.call('DELETE', '/v1/webhooks/mid')).status).toBe(204);
  expect((await http.call('DELETE', '/v1/webhooks/mid')).body.code).toBe('webhook_not_found');
  expect((await http.get('/v1/webhooks/mid')).status).toBe(404);
});

test('how long before its end a lease is warned is a member of the pool, and is shown', async () => {
  await using http = await startHttp();
  const body = { provider: 'hand', lease: { warnBefore: '10m' } };
  const { status } = await http.call('PUT', '/v1/pools/boards', { body });
  expect(status).toBe(201);
  expect((await http.get('/v1/pools/boards')).body.lease.warnBefore).toBe('10m');
  expect((await http.get('/v1/config')).body.pools[0].lease.warnBefore).toBe('10m');
  const wrong = { provider: 'hand', lease: { warnBefore: '0s' } };
  expect((await http.call('PUT', '/v1/pools/boards', { body: wrong })).body.errors).toMatchObject([
    { pointer: '/lease/warnBefore' },
  ]);
});
