import { request as sendRequest } from 'node:http';
import { describe, expect, test } from 'vitest';
import { startHttp } from '../../../testing/http-harness.ts';

const KEY = { 'idempotency-key': 'job-42' };

test('a request that can be served is answered with the lease and what it holds', async () => {
  await using http = await startHttp();
  const [first] = await http.pool('web', 1, { arch: 'amd64' });
  const { status, headers, body } = await http.post(
    '/v1/leases',
    {
      items: [{ pool: 'web', count: 2, minimum: 1, match: { arch: 'amd64' }, filter: 'name != "x"' }],
      duration: '90m',
      heartbeat: 'PT2M',
      priority: 3,
      wait: '30s',
      labels: { job: '42' },
      note: 'nightly',
    },
    { as: 'holder' },
  );
  expect(status).toBe(201);
  expect(headers).toMatchObject({ location: `/v1/leases/${body.id}`, etag: `"${body.version}"` });
  expect(body).toEqual({
    id: expect.stringMatching(/^lse_/),
    status: 'active',
    endReason: null,
    holder: 'holder',
    items: [{ pool: 'web', count: 2, minimum: 1, match: { arch: 'amd64' }, filter: 'name != "x"' }],
    resources: [
      {
        id: first?.id,
        name: 'web-1',
        pool: 'web',
        kind: 'machine',
        epoch: 1,
        addresses: [],
        endpoints: { http: 'http://127.0.0.1:801/' },
        labels: { arch: 'amd64' },
        params: {},
      },
    ],
    createdAt: '2023-11-14T22:13:20.000Z',
    grantedAt: '2023-11-14T22:13:20.000Z',
    expiresAt: '2023-11-14T23:43:20.000Z',
    heartbeatBy: '2023-11-14T22:15:20.000Z',
    endedAt: null,
    position: null,
    duration: '1h30m',
    heartbeat: '2m',
    priority: 3,
    labels: { job: '42' },
    note: 'nightly',
    on: null,
    version: 1,
  });
});

test('a pool alone is short for one item with count 1', async () => {
  await using http = await startHttp();
  await http.pool('web', 2);
  const { body } = await http.post('/v1/leases', { pool: 'web' });
  expect(body.items).toEqual([{ pool: 'web', count: 1, minimum: 1, match: {}, filter: null }]);
  const wide = await http.post('/v1/leases', { pool: 'web', count: 2, minimum: 1 });
  expect(wide.body).toMatchObject({ status: 'active', items: [{ count: 2, minimum: 1 }] });
});

test('who cannot be served is queued, and told its place', async () => {
  await using http = await startHttp();
  await http.pool('web', 0);
  const places: unknown[] = [];
  for (let n = 0; n < 3; n += 1) places.push((await http.post('/v1/leases', { pool: 'web' })).body);
  expect(places).toMatchObject([
    { status: 'queued', position: 1, resources: [], grantedAt: null, expiresAt: null },
    { status: 'queued', position: 2 },
    { status: 'queued', position: 3 },
  ]);
});

describe('wait', () => {
  test('holds the answer until the lease is granted', async () => {
    await using http = await startHttp();
    await http.pool('web', 1);
    const first = await http.post('/v1/leases', { pool: 'web' });
    const answer = http.post('/v1/leases', { pool: 'web', wait: '1m' });
    const queued = await http.until(async () => (await http.get('/v1/leases?status=queued')).body.items[0]);
    expect(queued).toMatchObject({ position: 1 });
    await http.call('DELETE', `/v1/leases/${first.body.id}`);
    expect(await answer).toMatchObject({
      status: 201,
      body: { id: queued.id, status: 'active', position: null },
    });
  });

  test('ends with its time: still 201, still queued', async () => {
    await using http = await startHttp();
    await http.pool('web', 0);
    const answer = http.post('/v1/leases', { pool: 'web', wait: '30s' });
    await http.until(() => (http.time.pending > 0 ? true : undefined));
    await http.time.advance(30_000);
    expect(await answer).toMatchObject({ status: 201, body: { status: 'queued', position: 1 } });
    expect(http.time.pending).toBe(0);
  });

  test('tells of a lease that ends meanwhile', async () => {
    await using http = await startHttp();
    await http.pool('web', 0);
    const answer = http.post('/v1/leases', { pool: 'web', wait: '30s' });
    const { id } = await http.until(async () => (await http.get('/v1/leases')).body.items[0]);
    await http.call('DELETE', `/v1/leases/${id}`);
    expect(await answer).toMatchObject({
      status: 201,
      body: { id, status: 'ended', endReason: 'cancelled', resources: [] },
    });
  });

  /** A request over a real socket, whose client goes away while it waits. */
  async function leaveWhileWaiting(headers: Record<string, string>) {
    // The wait; and for a key, the end of what is remembered of it.
    const timers = 1 + Object.keys(headers).length;
    const http = await startHttp();
    await http.pool('web', 0);
    const url = new URL(await http.app.listen({ host: '127.0.0.1', port: 0 }));
    const client = sendRequest({
      host: url.hostname,
      port: url.port,
      method: 'POST',
      path: '/v1/leases',
      headers: { ...http.bearer('holder'), 'content-type': 'application/json', ...headers },
    });
    client.on('error', () => {});
    client.end(JSON.stringify({ pool: 'web', wait: '5m' }));
    const { id } = await http.until(async () => (await http.get('/v1/leases')).body.items[0]);
    await http.until(() => (http.time.pending === timers ? true : undefined));
    client.destroy();
    await http.until(() => (http.time.pending === timers - 1 ? true : undefined));
    return { http, id: id as string };
  }

  test('a client that goes away leaves no lease that nobody knows of', async () => {
    const { http, id } = await leaveWhileWaiting({});
    await using _closing = http;
    const ended = await http.until(async () => {
      const { body } = await http.get(`/v1/leases/${id}`);
      return body.status === 'ended' ? body : undefined;
    });
    expect(ended).toMatchObject({ endReason: 'cancelled', holder: 'holder' });
  });

  test('with an idempotency key the lease stays: its client comes again', async () => {
    const { http, id } = await leaveWhileWaiting(KEY);
    await using _closing = http;
    const again = await http.post('/v1/leases', { pool: 'web' }, { as: 'holder', headers: KEY });
    expect(again).toMatchObject({ status: 201, body: { id, status: 'queued' } });
  });
});

describe('a repetition with the same key', () => {
  test('answers the same lease, however long it wants to wait', async () => {
    await using http = await startHttp();
    await http.pool('web', 3);
    const first = await http.post(
      '/v1/leases',
      { pool: 'web', labels: { a: '1', b: '2' } },
      { headers: KEY },
    );
    const second = await http.post(
      '/v1/leases',
      { wait: '1s', labels: { b: '2', a: '1' }, pool: 'web' },
      { headers: KEY },
    );
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    expect((await http.get('/v1/leases')).body.items).toHaveLength(1);
  });

  test('answers it also when it has ended', async () => {
    await using http = await startHttp();
    await http.pool('web', 1);
    const { body } = await http.post('/v1/leases', { pool: 'web' }, { headers: KEY });
    await http.call('DELETE', `/v1/leases/${body.id}`);
    const again = await http.post('/v1/leases', { pool: 'web' }, { headers: KEY });
    expect(again).toMatchObject({
      status: 201,
      body: { id: body.id, status: 'ended', endReason: 'released' },
    });
  });

  test('with another request is refused', async () => {
    await using http = await startHttp();
    await http.pool('web', 2);
    await http.post('/v1/leases', { pool: 'web' }, { headers: KEY });
    const before = await http.lastEvent();
    const other = await http.post('/v1/leases', { pool: 'web', count: 2 }, { headers: KEY });
    expect(other).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } });
    expect(await http.lastEvent()).toBe(before);
  });

  test('by another token is another lease', async () => {
    await using http = await startHttp();
    await http.pool('web', 2);
    const mine = await http.post('/v1/leases', { pool: 'web' }, { headers: KEY, as: 'holder' });
    const theirs = await http.post('/v1/leases', { pool: 'web' }, { headers: KEY, as: 'operator' });
    expect(theirs.body.id).not.toBe(mine.body.id);
  });
});

describe('refused', () => {
  test('a pool that is not there, at the member that names it', async () => {
    await using http = await startHttp();
    const short = await http.post('/v1/leases', { pool: 'nope' });
    expect(short).toMatchObject({
      status: 404,
      body: { code: 'pool_not_found', errors: [{ pointer: '/pool' }] },
    });
    const long = await http.post('/v1/leases', { items: [{ pool: 'nope' }] });
    expect(long).toMatchObject({ status: 404, body: { errors: [{ pointer: '/items/0/pool' }] } });
  });

  test('over a quota of the pool: 429 with Retry-After', async () => {
    await using http = await startHttp();
    await http.pool('web', 3);
    await http.call('PATCH', '/v1/pools/web', { body: { quota: { perHolder: 1 } } });
    await http.post('/v1/leases', { pool: 'web' });
    const over = await http.post('/v1/leases', { pool: 'web' });
    expect(over).toMatchObject({
      status: 429,
      body: { code: 'over_quota' },
      headers: { 'retry-after': '5' },
    });
  });

  test('over the quota of the token, and past its grant', async () => {
    await using http = await startHttp();
    await http.pool('web', 3);
    await http.pool('lab', 1);
    await http.token('small', 'holder', { pools: ['web'], quota: { resources: 1, durationMs: 60_000 } });
    expect(await http.post('/v1/leases', { pool: 'web', count: 2 }, { as: 'small' })).toMatchObject({
      status: 429,
    });
    const long = await http.post('/v1/leases', { pool: 'web', duration: '2m' }, { as: 'small' });
    expect(long).toMatchObject({
      status: 400,
      body: { code: 'duration_too_long', errors: [{ pointer: '/duration' }] },
    });
    const elsewhere = await http.post('/v1/leases', { pool: 'lab' }, { as: 'small' });
    expect(elsewhere).toMatchObject({
      status: 403,
      body: { code: 'forbidden', errors: [{ pointer: '/pool' }] },
    });
  });

  test('a name of another holder, from a token that is not trusted with one', async () => {
    await using http = await startHttp();
    await http.pool('web', 2);
    const refused = await http.post('/v1/leases', { pool: 'web', holder: 'bob' }, { as: 'holder' });
    expect(refused).toMatchObject({ status: 403, body: { errors: [{ pointer: '/holder' }] } });
    const trusted = await http.post(
      '/v1/leases',
      { pool: 'web', holder: 'bob@example.org' },
      { as: 'operator' },
    );
    expect(trusted).toMatchObject({ status: 201, body: { holder: 'bob@example.org' } });
    expect((await http.post('/v1/leases', { pool: 'web', holder: 'holder' }, { as: 'holder' })).status).toBe(
      201,
    );
  });

  test('when the store takes no writes: 503, and nothing is lent', async () => {
    await using http = await startHttp();
    await http.pool('web', 1);
    http.store.fail(new Error('disk full'));
    const answer = await http.post('/v1/leases', { pool: 'web' });
    expect(answer).toMatchObject({
      status: 503,
      body: { code: 'store_unavailable' },
      headers: { 'retry-after': '2' },
    });
    expect(await http.get('/readyz')).toMatchObject({
      status: 503,
      body: { detail: expect.stringContaining('disk full') },
    });
    http.store.mend();
    await http.until(() => (http.time.pending > 0 ? true : undefined));
    await http.time.advance(1_000);
    await http.until(() => (http.keeper.status().state === 'running' ? true : undefined));
    expect((await http.get('/v1/resources?status=free')).body.items).toHaveLength(1);
  });
});

describe('what a request adds to the transitions of what it gets', () => {
  const on = { allocate: { addParams: { image: 'debian' } }, release: { removeParams: ['image'] } };

  test('is done, and is shown to those who see what others hold', async () => {
    await using http = await startHttp();
    const [board] = await http.pool('web', 1);
    const { status, body } = await http.post(
      '/v1/leases',
      { pool: 'web', on, holder: 'holder' },
      { as: 'operator' },
    );
    expect([status, body.on]).toEqual([201, on]);
    expect(body.resources[0].params).toEqual({ image: 'debian' });
    const url = `/v1/leases/${body.id}`;
    expect((await http.get(url, { as: 'viewer' })).body.on).toEqual(on);
    expect((await http.get(url, { as: 'holder' })).body.on).toBeNull();
    expect((await http.call('DELETE', url)).body.on).toEqual(on);
    expect((await http.get(`/v1/resources/${board?.id}`)).body.params).toEqual({});
  });

  test('is not for a holder to say, who is told which member and why', async () => {
    await using http = await startHttp();
    await http.pool('web', 1);
    const before = await http.lastEvent();
    const { status, body } = await http.post('/v1/leases', { pool: 'web', on }, { as: 'holder' });
    expect([status, body.code, body.errors[0].pointer]).toEqual([403, 'forbidden', '/on']);
    expect(body.detail).toContain('Only an operator or administrator says');
    expect(await http.lastEvent()).toBe(before);
  });

  test.each([
    [{ release: { clean: 'nothing' } }, '/on/release/clean'],
    [{ release: { verify: 'nothing' } }, '/on/release/verify'],
    [{ enter: {} }, '/on/enter'],
    [{ allocate: { workflow: 'none' } }, '/on/allocate/workflow'],
    [{ release: { addProfiles: ['none'] } }, '/on/release/addProfiles/0'],
  ])('is refused as %j, at the member that is wrong', async (wrong, pointer) => {
    await using http = await startHttp();
    await http.pool('web', 1);
    const { status, body } = await http.post('/v1/leases', { pool: 'web', on: wrong });
    expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
  });
});
