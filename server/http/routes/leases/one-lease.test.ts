import { describe, expect, test } from 'vitest';
import { startHttp } from '../../../testing/http-harness.ts';
import type { HttpHarness } from '../../../testing/http-harness.ts';

async function lend(http: HttpHarness, as = 'holder', more: object = {}) {
  const { body } = await http.post('/v1/leases', { pool: 'web', ...more }, { as });
  return body as { id: string; version: number };
}

describe('GET /v1/leases/{id}', () => {
  test('shows a lease to its holder and to those who see what others do, and to nobody else', async () => {
    await using http = await startHttp();
    await http.pool('web', 1);
    await http.token('other', 'holder');
    const { id } = await lend(http);
    for (const as of ['holder', 'viewer', 'operator', 'admin']) {
      expect(await http.get(`/v1/leases/${id}`, { as })).toMatchObject({
        status: 200,
        body: { id, holder: 'holder' },
      });
    }
    const hidden = await http.get(`/v1/leases/${id}`, { as: 'other' });
    const missing = await http.get('/v1/leases/lse_nope', { as: 'other' });
    expect([hidden.status, missing.status]).toEqual([404, 404]);
    expect(hidden.body).toEqual({
      ...missing.body,
      detail: missing.body.detail.replace('lse_nope', id),
      instance: hidden.body.instance,
    });
  });

  test('with wait answers as soon as the lease is granted', async () => {
    await using http = await startHttp();
    await http.pool('web', 1);
    const first = await lend(http);
    const second = await lend(http);
    const answer = http.get(`/v1/leases/${second.id}?wait=1m`, { as: 'holder' });
    await http.until(() => (http.time.pending > 1 ? true : undefined));
    await http.call('DELETE', `/v1/leases/${first.id}`, { as: 'holder' });
    expect(await answer).toMatchObject({ status: 200, body: { id: second.id, status: 'active' } });
  });

  test('with wait answers what is when the time is over', async () => {
    await using http = await startHttp();
    await http.pool('web', 0);
    const { id } = await lend(http);
    const answer = http.get(`/v1/leases/${id}?wait=10s`, { as: 'holder' });
    await http.until(() => (http.time.pending > 0 ? true : undefined));
    await http.time.advance(10_000);
    expect(await answer).toMatchObject({ status: 200, body: { status: 'queued', position: 1 } });
  });

  test('shows an ended lease from history, without what leads to its resources', async () => {
    await using http = await startHttp();
    await http.pool('web', 1);
    const { id } = await lend(http);
    await http.call('DELETE', `/v1/leases/${id}`, { as: 'holder' });
    const { body } = await http.get(`/v1/leases/${id}`, { as: 'holder' });
    expect(body).toMatchObject({
      status: 'ended',
      endedAt: expect.any(String),
      resources: [{ name: 'web-1', endpoints: {}, epoch: 1 }],
    });
  });
});

describe('DELETE /v1/leases/{id}', () => {
  test('gives the resources back; repeating it answers the same', async () => {
    await using http = await startHttp();
    await http.pool('web', 1);
    const { id } = await lend(http);
    const ended = await http.call('DELETE', `/v1/leases/${id}`, { as: 'holder' });
    expect(ended).toMatchObject({ status: 200, body: { id, status: 'ended', endReason: 'released' } });
    const before = await http.lastEvent();
    const again = await http.call('DELETE', `/v1/leases/${id}`, { as: 'holder' });
    expect([again.status, again.body]).toEqual([200, ended.body]);
    expect(await http.lastEvent()).toBe(before);
    expect((await http.get('/v1/resources?status=free')).body.items).toHaveLength(1);
  });

  test('by somebody else is said so', async () => {
    await using http = await startHttp();
    await http.pool('web', 1);
    const { id } = await lend(http);
    const ended = await http.call('DELETE', `/v1/leases/${id}`, { as: 'operator' });
    expect(ended).toMatchObject({ status: 200, body: { endReason: 'ended_by_operator' } });
    const own = await lend(http, 'operator');
    expect((await http.call('DELETE', `/v1/leases/${own.id}`, { as: 'operator' })).body.endReason).toBe(
      'released',
    );
  });

  test("another holder's lease is not there", async () => {
    await using http = await startHttp();
    await http.pool('web', 1);
    await http.token('other', 'holder');
    const { id, version } = await lend(http);
    const before = await http.lastEvent();
    for (const headers of [{}, { 'if-match': `"${version}"` }, { 'if-match': '"99"' }]) {
      const refused = await http.call('DELETE', `/v1/leases/${id}`, { as: 'other', headers });
      expect(refused).toMatchObject({ status: 404, body: { code: 'lease_not_found' } });
    }
    await http.call('DELETE', `/v1/leases/${id}`, { as: 'holder' });
    expect((await http.call('DELETE', `/v1/leases/${id}`, { as: 'other' })).status).toBe(404);
    expect(await http.lastEvent()).toBeGreaterThan(before);
  });

  test("an operator's grant ends where its pools end", async () => {
    await using http = await startHttp();
    await http.pool('web', 1);
    await http.pool('lab', 1);
    await http.token('lab-operator', 'operator', { pools: ['lab'] });
    const { id } = await lend(http);
    expect((await http.call('DELETE', `/v1/leases/${id}`, { as: 'lab-operator' })).status).toBe(404);
    expect((await http.get(`/v1/leases/${id}`)).body.status).toBe('active');
  });

  test('is fenced by If-Match', async () => {
    await using http = await startHttp();
    await http.pool('web', 1);
    const { id, version } = await lend(http);
    const stale = await http.call('DELETE', `/v1/leases/${id}`, {
      as: 'holder',
      headers: { 'if-match': `"${version + 1}"` },
    });
    expect(stale).toMatchObject({ status: 412, body: { code: 'version_mismatch' } });
    const fresh = await http.call('DELETE', `/v1/leases/${id}`, {
      as: 'holder',
      headers: { 'if-match': `"${version}"` },
    });
    expect(fresh.status).toBe(200);
  });
});

describe('POST /v1/leases/{id}/renew', () => {
  test('makes it last longer, by its own duration where nothing is said', async () => {
    await using http = await startHttp();
    await http.pool('web', 1);
    const { id } = await lend(http, 'holder', { duration: '1h' });
    await http.time.advance(60_000);
    const same = await http.call('POST', `/v1/leases/${id}/renew`, { as: 'holder' });
    expect(same).toMatchObject({ status: 200, body: { expiresAt: '2023-11-14T23:14:20.000Z' } });
    const longer = await http.post(`/v1/leases/${id}/renew`, { duration: '2h' }, { as: 'holder' });
    expect(longer.body.expiresAt).toBe('2023-11-15T00:14:20.000Z');
    expect(longer.headers['etag']).toBe(`"${longer.body.version}"`);
  });

  test('refused: at its maximum, while queued, when ended, another’s, stale', async () => {
    await using http = await startHttp();
    await http.pool('web', 1);
    await http.token('other', 'holder');
    const { id } = await lend(http, 'holder', { duration: '24h' });
    const queued = await lend(http);
    const renew = (lease: string, as = 'holder', headers = {}) =>
      http.post(`/v1/leases/${lease}/renew`, {}, { as, headers });
    const before = await http.lastEvent();
    expect(await renew(id)).toMatchObject({ status: 409, body: { code: 'lease_at_maximum' } });
    expect(await renew(queued.id)).toMatchObject({ status: 409, body: { code: 'lease_not_active' } });
    expect((await renew(id, 'other')).status).toBe(404);
    expect((await renew(id, 'holder', { 'if-match': '"77"' })).status).toBe(412);
    expect(await http.lastEvent()).toBe(before);
    await http.call('DELETE', `/v1/leases/${id}`, { as: 'holder' });
    expect((await renew(id)).status).toBe(404);
  });

  test('an operator renews for its holder', async () => {
    await using http = await startHttp();
    await http.pool('web', 1);
    const { id } = await lend(http, 'holder', { duration: '1m' });
    expect(
      (await http.post(`/v1/leases/${id}/renew`, { duration: '1h' }, { as: 'operator' })).body.expiresAt,
    ).toBe('2023-11-14T23:13:20.000Z');
  });
});

describe('POST /v1/leases/{id}/heartbeat', () => {
  test('moves the heartbeat on; its absence ends the lease', async () => {
    await using http = await startHttp();
    await http.pool('web', 1);
    const { id } = await lend(http, 'holder', { heartbeat: '1m' });
    await http.time.advance(59_000);
    const beaten = await http.call('POST', `/v1/leases/${id}/heartbeat`, { as: 'holder' });
    expect(beaten).toMatchObject({ status: 200, body: { heartbeatBy: '2023-11-14T22:15:19.000Z' } });
    await http.time.advance(61_000);
    await http.until(async () =>
      (await http.get(`/v1/leases/${id}`)).body.endReason === 'heartbeat_missed' ? true : undefined,
    );
    const late = await http.call('POST', `/v1/leases/${id}/heartbeat`, { as: 'holder' });
    expect(late).toMatchObject({ status: 404, body: { code: 'lease_not_found' } });
  });

  test("another's lease is not there", async () => {
    await using http = await startHttp();
    await http.pool('web', 1);
    await http.token('other', 'holder');
    const { id } = await lend(http, 'holder', { heartbeat: '1m' });
    expect((await http.call('POST', `/v1/leases/${id}/heartbeat`, { as: 'other' })).status).toBe(404);
  });
});

describe('GET /v1/leases/{id}/explain', () => {
  test('says why it waits; a holder is not told whose lease has what it waits for', async () => {
    await using http = await startHttp();
    await http.pool('web', 1);
    await http.token('other', 'holder');
    const first = await lend(http);
    const second = await lend(http, 'other');
    const seen = await http.get(`/v1/leases/${second.id}/explain`, { as: 'viewer' });
    expect(seen).toMatchObject({
      status: 200,
      body: { lease: second.id, position: 1, waitsAt: 'web', estimatedStart: '2023-11-14T23:13:20.000Z' },
    });
    expect(seen.text).toContain(first.id);
    const told = await http.get(`/v1/leases/${second.id}/explain`, { as: 'other' });
    expect(told.body.summary).toBe(seen.body.summary);
    expect(told.text).not.toContain(first.id);
    expect((await http.get(`/v1/leases/${first.id}/explain`, { as: 'other' })).status).toBe(404);
  });
});
