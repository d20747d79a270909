import { describe, expect, test } from 'vitest';
import { startHttp } from '../../../testing/http-harness.ts';
import type { HttpHarness } from '../../../testing/http-harness.ts';

const BOARD = {
  pool: 'boards',
  name: 'b1',
  labels: { arch: 'arm64' },
  params: { ram: 8, disks: [{ size: 1 }] },
  addresses: ['10.0.0.7'],
  endpoints: { ssh: 'ssh://10.0.0.7' },
};

/** A pool of one machine that is still being made. */
async function stuckMachine(http: HttpHarness): Promise<string> {
  await http.call('PUT', '/v1/pools/vms', {
    body: { provider: 'maker', size: { desired: 1 }, template: { stuck: true } },
  });
  return (await http.get('/v1/resources?pool=vms')).body.items[0].id as string;
}

describe('POST /v1/resources', () => {
  test('registers a resource, which is on offer at once', async () => {
    await using http = await startHttp();
    await http.pool('boards', 0);
    const { status, headers, body } = await http.post('/v1/resources', BOARD, { as: 'operator' });
    expect(status).toBe(201);
    expect(headers).toMatchObject({ location: `/v1/resources/${body.id}`, etag: `"${body.version}"` });
    expect(body).toMatchObject({
      ...BOARD,
      status: 'free',
      kind: 'machine',
      provider: 'hand',
      lease: null,
      hold: null,
      epoch: 0,
      actions: ['quarantine', 'retire'],
    });
  });

  test('repeated is refused: its name is taken', async () => {
    await using http = await startHttp();
    await http.pool('boards', 0);
    await http.post('/v1/resources', BOARD);
    const before = await http.lastEvent();
    expect(await http.post('/v1/resources', BOARD)).toMatchObject({
      status: 409,
      body: { code: 'resource_name_taken', errors: [{ pointer: '/name' }] },
    });
    expect(await http.lastEvent()).toBe(before);
  });

  test('refused: a pool that makes its own, one that is not there, one outside of the grant', async () => {
    await using http = await startHttp();
    await stuckMachine(http);
    await http.pool('boards', 0);
    await http.token('elsewhere', 'operator', { pools: ['vms'] });
    const before = await http.lastEvent();
    expect(await http.post('/v1/resources', { pool: 'vms', name: 'x' })).toMatchObject({
      status: 409,
      body: { code: 'pool_is_sized' },
    });
    expect(await http.post('/v1/resources', { pool: 'nope', name: 'x' })).toMatchObject({
      status: 404,
      body: { code: 'pool_not_found' },
    });
    expect(await http.post('/v1/resources', BOARD, { as: 'elsewhere' })).toMatchObject({ status: 404 });
    expect(await http.lastEvent()).toBe(before);
  });
});

describe('GET /v1/resources', () => {
  test('filters by pool, status, provider and labels, and pages', async () => {
    await using http = await startHttp();
    await http.pool('boards', 3, { arch: 'arm64' });
    await http.pool('web', 2, { arch: 'amd64', site: 'a=b' });
    await http.post('/v1/leases', { pool: 'web' });
    const names = async (query: string, as = 'viewer') =>
      (await http.get(`/v1/resources${query}`, { as })).body.items.map(({ name }: { name: string }) => name);
    expect(await names('')).toEqual(['boards-1', 'boards-2', 'boards-3', 'web-1', 'web-2']);
    expect(await names('?pool=web')).toEqual(['web-1', 'web-2']);
    expect(await names('?status=leased')).toEqual(['web-1']);
    expect(await names('?provider=maker')).toEqual([]);
    expect(await names('?label=arch=arm64&limit=2')).toEqual(['boards-1', 'boards-2']);
    expect(await names('?label=arch=amd64&label=site=a%3Db')).toEqual(['web-1', 'web-2']);
    expect(await names('?label=constructor=x')).toEqual([]);
    expect(await names('?pool=nope')).toEqual([]);
    await http.token('boards-viewer', 'viewer', { pools: ['boards'] });
    expect(await names('?status=free', 'boards-viewer')).toEqual(['boards-1', 'boards-2', 'boards-3']);
    const first = await http.get('/v1/resources?pool=boards&limit=2');
    const second = await http.get(`/v1/resources?pool=boards&limit=2&cursor=${first.body.next}`);
    expect([first.body.items.length, second.body.items.length, second.body.next]).toEqual([2, 1, null]);
  });

  test('a holder sees who has it, and how it is reached, of its own alone', async () => {
    await using http = await startHttp();
    const [board] = await http.pool('boards', 1);
    await http.token('other', 'holder');
    const { body: lease } = await http.post('/v1/leases', { pool: 'boards' }, { as: 'holder' });
    const url = `/v1/resources/${board?.id}`;
    for (const as of ['holder', 'viewer']) {
      expect((await http.get(url, { as })).body).toMatchObject({
        lease: lease.id,
        endpoints: { http: 'http://127.0.0.1:801/' },
      });
    }
    for (const answer of [
      await http.get(url, { as: 'other' }),
      await http.get('/v1/resources', { as: 'other' }),
    ]) {
      expect(answer.text).not.toContain(lease.id);
      expect(answer.text).not.toContain('127.0.0.1');
    }
  });

  test('what is set aside for a holder is not yet its own', async () => {
    await using http = await startHttp();
    const [board] = await http.pool('boards', 1);
    await http.post('/v1/leases', { pool: 'boards', count: 2 }, { as: 'holder' });
    const { body, text } = await http.get(`/v1/resources/${board?.id}`, { as: 'holder' });
    expect([body.status, body.lease]).toEqual(['free', null]);
    expect(text).not.toContain('127.0.0.1');
    expect((await http.get('/v1/pools/boards')).body.setAside).toBe(1);
  });

  test('one that is not there, or outside of the grant, is 404', async () => {
    await using http = await startHttp();
    const [board] = await http.pool('boards', 1);
    await http.token('elsewhere', 'viewer', { pools: [] });
    expect(await http.get('/v1/resources/res_nope')).toMatchObject({
      status: 404,
      body: { code: 'resource_not_found' },
    });
    for (const path of ['', '/explain', '/events']) {
      expect((await http.get(`/v1/resources/${board?.id}${path}`, { as: 'elsewhere' })).status, path).toBe(
        404,
      );
    }
  });
});

describe('PATCH /v1/resources/{id}', () => {
  test('replaces what it names; a lease that waits for it is granted', async () => {
    await using http = await startHttp();
    const [board] = await http.pool('boards', 1, { arch: 'arm64' });
    const { body: lease } = await http.post('/v1/leases', { pool: 'boards', match: { arch: 'riscv' } });
    const { status, body, headers } = await http.call('PATCH', `/v1/resources/${board?.id}`, {
      body: { labels: { arch: 'riscv' }, evictable: true },
    });
    expect([status, body.labels, body.evictable, headers['etag']]).toEqual([
      200,
      { arch: 'riscv' },
      true,
      `"${body.version}"`,
    ]);
    expect((await http.get(`/v1/leases/${lease.id}`)).body.status).toBe('active');
  });

  test('is fenced by If-Match', async () => {
    await using http = await startHttp();
    const [board] = await http.pool('boards', 1);
    const patch = (tag: string) =>
      http.call('PATCH', `/v1/resources/${board?.id}`, {
        body: { params: { a: 1 } },
        headers: { 'if-match': tag },
      });
    const { body: now } = await http.get(`/v1/resources/${board?.id}`);
    const before = await http.lastEvent();
    expect((await patch(`"${now.version + 5}"`)).status).toBe(412);
    expect(await http.lastEvent()).toBe(before);
    expect((await patch(`"${now.version}"`)).status).toBe(200);
    expect((await patch(`"${now.version}"`)).status).toBe(412);
  });

  test('an operator changes what is in its grant', async () => {
    await using http = await startHttp();
    const [board] = await http.pool('boards', 1);
    const [web] = await http.pool('web', 1);
    await http.token('boarder', 'operator', { pools: ['boards'] });
    const patch = (id: string | undefined) =>
      http.call('PATCH', `/v1/resources/${id}`, { body: { labels: { x: 'y' } }, as: 'boarder' });
    expect((await patch(board?.id)).status).toBe(200);
    expect((await patch(web?.id)).status).toBe(404);
  });
});

describe('POST /v1/resources/{id}/move', () => {
  test('takes what is done beside what the two pools do', async () => {
    await using http = await startHttp();
    const [board] = await http.pool('web', 1);
    await http.pool('spares', 0);
    const move = (on: object) => http.post(`/v1/resources/${board?.id}/move`, { pool: 'spares', on });
    expect(await move({ exit: { workflow: 'none' } })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/on/exit/workflow' }] },
    });
    expect(await move({ allocate: {} })).toMatchObject({ body: { errors: [{ pointer: '/on/allocate' }] } });
    const on = {
      exit: { addParams: { from: '${pool.name}' } },
      enter: { addParams: { to: '${pool.name}' } },
    };
    expect(await move(on)).toMatchObject({ status: 200, body: { pool: 'spares' } });
    const { body } = await http.get(`/v1/resources/${board?.id}`);
    expect(body.params).toEqual({ from: 'web', to: 'spares' });
  });

  test('puts a free one into another pool, and again there is nothing to do', async () => {
    await using http = await startHttp();
    const [board] = await http.pool('boards', 1);
    await http.pool('spares', 0);
    const move = () => http.post(`/v1/resources/${board?.id}/move`, { pool: 'spares' }, { as: 'operator' });
    expect(await move()).toMatchObject({ status: 200, body: { pool: 'spares', status: 'free' } });
    const before = await http.lastEvent();
    expect((await move()).status).toBe(200);
    expect(await http.lastEvent()).toBe(before);
  });

  test('refused: leased, no such pool, outside of the grant, stale', async () => {
    await using http = await startHttp();
    const [board] = await http.pool('boards', 1);
    await http.pool('spares', 0);
    await http.token('boarder', 'operator', { pools: ['boards'] });
    const move = (pool: string, as = 'admin', headers = {}) =>
      http.post(`/v1/resources/${board?.id}/move`, { pool }, { as, headers });
    expect(await move('nope')).toMatchObject({ status: 404, body: { errors: [{ pointer: '/pool' }] } });
    expect(await move('spares', 'boarder')).toMatchObject({ status: 404 });
    expect(await move('spares', 'admin', { 'if-match': '"90"' })).toMatchObject({ status: 412 });
    await http.post('/v1/leases', { pool: 'boards' });
    const before = await http.lastEvent();
    expect(await move('spares')).toMatchObject({
      status: 409,
      body: { code: 'resource_transition_refused' },
    });
    expect(await http.lastEvent()).toBe(before);
  });
});

describe('actions', () => {
  const act = (http: HttpHarness, id: string | undefined, action: string, call = {}) =>
    http.post(`/v1/resources/${id}/${action}`, { reason: 'the fan is loud' }, { as: 'operator', ...call });

  test('quarantine sets aside, retry takes back into service', async () => {
    await using http = await startHttp();
    const [board] = await http.pool('boards', 1);
    expect(await act(http, board?.id, 'quarantine')).toMatchObject({
      status: 200,
      body: { status: 'quarantined', actions: ['retry', 'retire'] },
    });
    const event = (await http.events()).find(({ type }) => type === 'resource.quarantined');
    expect(event?.data).toMatchObject({ reason: 'the fan is loud' });
    expect(await act(http, board?.id, 'retry')).toMatchObject({ status: 202, body: { status: 'free' } });
  });

  test('a leased one is quarantined when it comes back', async () => {
    await using http = await startHttp();
    const [board] = await http.pool('boards', 1);
    const { body: lease } = await http.post('/v1/leases', { pool: 'boards' });
    expect(await act(http, board?.id, 'quarantine')).toMatchObject({
      status: 200,
      body: { status: 'leased', fate: 'quarantine' },
    });
    await http.call('DELETE', `/v1/leases/${lease.id}`);
    expect((await http.get(`/v1/resources/${board?.id}`)).body.status).toBe('quarantined');
  });

  test('hold stops what is being made, retry goes on', async () => {
    await using http = await startHttp();
    const id = await stuckMachine(http);
    const held = await act(http, id, 'hold');
    expect(held).toMatchObject({
      status: 200,
      body: { status: 'requested', hold: { reason: 'the fan is loud' }, actions: ['retry', 'retire'] },
    });
    expect((await http.get('/v1/pools/vms')).body.held).toBe(1);
    expect(await act(http, id, 'retry')).toMatchObject({ status: 202, body: { hold: null } });
  });

  test('skip is refused where there is nothing to skip; a wrong action says what is possible', async () => {
    await using http = await startHttp();
    const [board] = await http.pool('boards', 1);
    const before = await http.lastEvent();
    for (const action of ['skip', 'hold', 'retry']) {
      expect(await act(http, board?.id, action)).toMatchObject({
        status: 409,
        body: { code: 'resource_transition_refused' },
      });
    }
    expect(await act(http, 'res_nope', 'retire')).toMatchObject({
      status: 404,
      body: { code: 'resource_not_found' },
    });
    expect(await act(http, board?.id, 'quarantine', { headers: { 'if-match': '"55"' } })).toMatchObject({
      status: 412,
    });
    expect(await http.lastEvent()).toBe(before);
  });

  test('skip of the end of a held one says that it is gone: 204', async () => {
    await using http = await startHttp();
    const id = await stuckMachine(http);
    await act(http, id, 'retire');
    await act(http, id, 'hold');
    const skipped = await act(http, id, 'skip');
    expect([skipped.status, skipped.text]).toEqual([204, '']);
    expect((await http.get(`/v1/resources/${id}`)).status).toBe(404);
  });

  test.each(['retire', 'DELETE'])('%s takes it out for good; its life is still told', async (way) => {
    await using http = await startHttp();
    const [board] = await http.pool('boards', 1);
    const url = `/v1/resources/${board?.id}`;
    const retired =
      way === 'DELETE' ? await http.call('DELETE', url) : await http.call('POST', `${url}/retire`);
    expect(retired).toMatchObject({ status: 202, body: { status: 'exiting' } });
    await http.until(async () => ((await http.get(url)).status === 404 ? true : undefined));
    const told = await http.get(`${url}/events`);
    expect(told.body.items.map(({ type }: { type: string }) => type)).toEqual([
      'resource.entered',
      'resource.exiting',
      'resource.gone',
    ]);
    expect((await http.call('DELETE', url)).status).toBe(404);
  });
});

test('explain says what a resource does and what may be done', async () => {
  await using http = await startHttp();
  const id = await stuckMachine(http);
  const { status, body } = await http.get(`/v1/resources/${id}/explain`);
  expect([status, body.resource, body.job.kind, body.actions]).toEqual([
    200,
    id,
    'create',
    ['hold', 'retire'],
  ]);
  expect(body.summary).toContain('maker');
});

test('the events of a resource that never was are 404', async () => {
  await using http = await startHttp();
  expect(await http.get('/v1/resources/res_nope/events')).toMatchObject({ status: 404 });
});

test('profiles are given by hand, at registration and later, and have to be there', async () => {
  await using http = await startHttp();
  await http.pool('web', 0);
  await http.call('PUT', '/v1/profiles/fast', { body: { params: { speed: 3 } } });
  const register = (name: string, profiles: string[]) =>
    http.post('/v1/resources', { pool: 'web', name, profiles });
  expect(await register('b1', ['slow'])).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/profiles/0' }] },
  });
  const { status, body } = await register('b1', ['fast']);
  expect([status, body.profiles]).toEqual([201, ['fast']]);
  expect((await http.get('/v1/config')).body.pools[0].resources).toEqual([
    { name: 'b1', profiles: ['fast'] },
  ]);
  const patch = (profiles: string[]) =>
    http.call('PATCH', `/v1/resources/${body.id}`, { body: { profiles } });
  expect((await patch(['fast', 'slow'])).body.errors[0].pointer).toBe('/profiles/1');
  expect((await patch([])).body.profiles).toEqual([]);
});
