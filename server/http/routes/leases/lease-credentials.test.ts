import { describe, expect, test } from 'vitest';
import { startHttp } from '../../../testing/http-harness.ts';
import type { HttpHarness } from '../../../testing/http-harness.ts';

const KEY = 'tiger-tiger-burning';
const BOSS = 'lion-in-the-shade';

/** Two accounts, of which the first has credentials, and a lease of both by `holder`. */
async function lent(http: HttpHarness, more: object = {}): Promise<{ lease: string; ids: string[] }> {
  const made = await http.pool('accounts', 2);
  const ids = made.map(({ id }) => id);
  const body = { current: { username: 'ann', password: KEY }, management: { apikey: BOSS } };
  await http.call('PUT', `/v1/resources/${ids[0]}/credentials`, { body });
  const asked = await http.post(
    '/v1/leases',
    { pool: 'accounts', count: 2, duration: '10m', ...more },
    { as: 'holder' },
  );
  return { lease: asked.body.id, ids };
}

const show = (http: HttpHarness, lease: string, as = 'holder') =>
  http.get(`/v1/leases/${lease}/credentials`, { as });

test('the holder is shown what is in force of each member that has any, and never what manages it', async () => {
  await using http = await startHttp();
  const { lease, ids } = await lent(http);
  const { status, headers, body, text } = await show(http, lease);
  expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
  expect(body).toEqual({
    lease,
    expiresAt: '2023-11-14T22:23:20.000Z',
    resources: [
      {
        id: ids[0],
        name: 'accounts-1',
        pool: 'accounts',
        epoch: 1,
        values: { username: 'ann', password: KEY },
      },
    ],
  });
  expect(text).not.toContain(BOSS);
});

test('a credential that is replaced meanwhile is shown as it is now', async () => {
  await using http = await startHttp();
  const { lease, ids } = await lent(http);
  await http.call('PUT', `/v1/resources/${ids[0]}/credentials`, { body: { current: { password: 'new' } } });
  expect((await show(http, lease)).body.resources[0].values).toEqual({ password: 'new' });
});

describe('nobody else is shown anything', () => {
  test.each(['admin', 'operator'])('%s knows of the lease, and gets 403', async (as) => {
    await using http = await startHttp();
    const { lease } = await lent(http);
    const refused = await show(http, lease, as);
    expect(refused).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(refused.text).not.toContain(KEY);
    expect(refused.headers['cache-control']).toBe('no-store');
  });

  test('for another holder there is no such lease', async () => {
    await using http = await startHttp();
    const { lease } = await lent(http);
    await http.token('other', 'holder');
    expect(await show(http, lease, 'other')).toMatchObject({
      status: 404,
      body: { code: 'lease_not_found' },
    });
    expect((await show(http, 'lse_none')).status).toBe(404);
  });
});

describe('it is over', () => {
  test('at its deadline by the clock, before any decision has ended it', async () => {
    await using http = await startHttp();
    const { lease } = await lent(http);
    http.time.jump(10 * 60_000 - 1);
    expect((await show(http, lease)).status).toBe(200);
    http.time.jump(1);
    const isLive = await http.keeper.read((world) => world.leases.has(lease));
    const refused = await show(http, lease);
    expect(isLive).toBe(true);
    expect(refused).toMatchObject({ status: 409, body: { code: 'lease_not_active' } });
    expect(refused.text).not.toContain(KEY);
  });

  test('at the heartbeat that it owes', async () => {
    await using http = await startHttp();
    const { lease } = await lent(http, { heartbeat: '30s' });
    http.time.jump(30_000);
    expect((await show(http, lease)).status).toBe(409);
  });

  test('when it has ended, also for who had it', async () => {
    await using http = await startHttp();
    const { lease } = await lent(http);
    await http.call('DELETE', `/v1/leases/${lease}`, { as: 'holder' });
    expect(await show(http, lease)).toMatchObject({ status: 409, body: { code: 'lease_not_active' } });
  });

  test('and the next holder is shown them, the one before no more', async () => {
    await using http = await startHttp();
    const { lease } = await lent(http);
    await http.call('DELETE', `/v1/leases/${lease}`, { as: 'holder' });
    await http.token('next', 'holder');
    const second = await http.post('/v1/leases', { pool: 'accounts', count: 2 }, { as: 'next' });
    expect((await show(http, second.body.id, 'next')).body.resources[0]).toMatchObject({ epoch: 2 });
    expect((await show(http, second.body.id)).status).toBe(404);
  });
});

test('a lease that still waits shows nothing', async () => {
  await using http = await startHttp();
  await lent(http);
  const waiting = await http.post('/v1/leases', { pool: 'accounts' }, { as: 'holder' });
  expect(waiting.body.status).toBe('queued');
  expect(await show(http, waiting.body.id)).toMatchObject({
    status: 409,
    body: { code: 'lease_not_active' },
  });
});

test('where nothing has credentials it says so', async () => {
  await using http = await startHttp();
  await http.pool('boards', 1);
  const lease = await http.post('/v1/leases', { pool: 'boards' }, { as: 'holder' });
  expect(await show(http, lease.body.id)).toMatchObject({ status: 404, body: { code: 'no_credentials' } });
});

test('where the key is missing it says that, and nothing of what is sealed', async () => {
  await using http = await startHttp();
  const { lease, ids } = await lent(http);
  const sealed = { current: 'pkseal1.x.y.z.a' };
  await http.keeper.ask({ type: 'putCredential', resource: ids[0] ?? '', sealed, by: 'x' });
  const refused = await show(http, lease);
  expect(refused).toMatchObject({ status: 503, body: { code: 'credentials_locked' } });
  expect(refused.text).not.toContain('pkseal1.x');
});
