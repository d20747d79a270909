import { expect, test } from 'vitest';
import { startHttp } from '../../../testing/http-harness.ts';
import { hashSecret } from '../../secrets.ts';

const CI = {
  name: 'ci@example.org',
  role: 'holder',
  pools: ['web'],
  quota: { resources: 3, leases: 2, duration: '2h' },
  ttl: '30d',
};

test('a token is made with a secret that opens, and of which only the digest is kept', async () => {
  await using http = await startHttp();
  await http.pool('web', 1);
  const { status, headers, body } = await http.post('/v1/tokens', CI);
  expect(status).toBe(201);
  expect(headers).toMatchObject({ location: `/v1/tokens/${body.id}`, 'cache-control': 'no-store' });
  expect(body).toEqual({
    id: expect.stringMatching(/^tok_/),
    name: 'ci@example.org',
    role: 'holder',
    pools: ['web'],
    quota: { resources: 3, leases: 2, duration: '2h' },
    labels: null,
    createdAt: '2023-11-14T22:13:20.000Z',
    expiresAt: '2023-12-14T22:13:20.000Z',
    secret: expect.stringMatching(/^pk_[A-Za-z0-9_-]{43}$/),
  });
  const self = await http.get('/v1/tokens/self', { as: body.secret });
  const { secret, ...shown } = body;
  expect([self.status, self.body]).toEqual([200, shown]);
  expect((await http.post('/v1/leases', { pool: 'web' }, { as: secret })).body).toMatchObject({
    holder: 'ci@example.org',
    status: 'active',
  });
  for (const url of ['/v1/tokens', `/v1/tokens/${body.id}`, '/v1/events']) {
    const { text } = await http.get(url);
    expect(text).not.toContain(secret);
    expect(text).not.toContain(hashSecret(secret));
  }
});

test('a name is taken once: repeating is refused', async () => {
  await using http = await startHttp();
  await http.pool('web', 0);
  await http.post('/v1/tokens', CI);
  const before = await http.lastEvent();
  const again = await http.post('/v1/tokens', CI);
  expect(again).toMatchObject({
    status: 409,
    body: { code: 'token_name_taken', errors: [{ pointer: '/name' }] },
  });
  expect(await http.post('/v1/tokens', { name: 'x', role: 'viewer', pools: ['nope'] })).toMatchObject({
    status: 404,
    body: { errors: [{ pointer: '/pools/0' }] },
  });
  expect(await http.lastEvent()).toBe(before);
});

test('a revoked token opens nothing from the answer on; its leases stay', async () => {
  await using http = await startHttp();
  await http.pool('web', 1);
  const { body } = await http.post('/v1/tokens', CI);
  const lease = await http.post('/v1/leases', { pool: 'web' }, { as: body.secret });
  expect(await http.call('DELETE', `/v1/tokens/${body.id}`)).toMatchObject({
    status: 200,
    body: { id: body.id },
  });
  expect((await http.get('/v1/tokens/self', { as: body.secret })).status).toBe(401);
  expect(await http.call('DELETE', `/v1/tokens/${body.id}`)).toMatchObject({
    status: 404,
    body: { code: 'token_not_found' },
  });
  expect((await http.get(`/v1/tokens/${body.id}`)).status).toBe(404);
  expect((await http.get(`/v1/leases/${lease.body.id}`)).body.status).toBe('active');
});

test('tokens are listed by pages', async () => {
  await using http = await startHttp();
  const first = await http.get('/v1/tokens?limit=3');
  const second = await http.get(`/v1/tokens?limit=3&cursor=${first.body.next}`);
  const names = [...first.body.items, ...second.body.items].map(({ name }: { name: string }) => name);
  expect([names, second.body.next]).toEqual([['admin', 'operator', 'holder', 'viewer', 'runner'], null]);
});
