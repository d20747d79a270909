import { describe, expect, test } from 'vitest';
import { startHttp } from '../../../testing/http-harness.ts';

const WEB = {
  kind: 'machine',
  provider: 'maker',
  size: { desired: 2 },
  template: { command: ['node', 'server.js'], env: { SECRET: 'x' } },
  lease: { default: '30m', max: '8h', queue: 'priority' },
  quota: { perHolder: 2 },
  recycle: 'replace',
  victims: 'oldest',
  labels: { team: 'a' },
};

describe('PUT /v1/pools/{pool}', () => {
  test('creates a pool, and makes its members', async () => {
    await using http = await startHttp();
    const { status, headers, body } = await http.call('PUT', '/v1/pools/web', {
      body: { name: 'web', ...WEB },
    });
    expect([status, headers['etag']]).toEqual([201, '"1"']);
    expect(body).toMatchObject({
      name: 'web',
      ...WEB,
      status: 'open',
      version: 1,
      target: 2,
      held: 0,
      setAside: 0,
      queued: 0,
    });
    await http.until(async () =>
      (await http.get('/v1/pools/web')).body.resources.free === 2 ? true : undefined,
    );
  });

  test('what it leaves out is as by default; repeating it changes nothing', async () => {
    await using http = await startHttp();
    await http.call('PUT', '/v1/pools/lab', {
      body: { provider: 'hand', labels: { a: 'b' }, lease: { max: '2h' } },
    });
    const reset = await http.call('PUT', '/v1/pools/lab', { body: { provider: 'hand' } });
    expect(reset).toMatchObject({
      status: 200,
      body: { labels: {}, lease: { default: '1h', max: '1d', queue: 'fifo' }, version: 2 },
    });
    const before = await http.lastEvent();
    const again = await http.call('PUT', '/v1/pools/lab', { body: { provider: 'hand' } });
    expect(again).toMatchObject({ status: 200, body: { version: 2 } });
    expect(await http.lastEvent()).toBe(before);
  });

  test('is fenced by If-Match, also for a pool that is not there', async () => {
    await using http = await startHttp();
    await http.pool('web', 0);
    const put = (pool: string, tag: string) =>
      http.call('PUT', `/v1/pools/${pool}`, {
        body: { provider: 'hand', labels: { v: tag } },
        headers: { 'if-match': tag },
      });
    expect(await put('web', '"7"')).toMatchObject({ status: 412, body: { code: 'version_mismatch' } });
    expect(await put('new', '"1"')).toMatchObject({ status: 404 });
    expect(await put('web', '"1"')).toMatchObject({ status: 200, headers: { etag: '"2"' } });
    expect(await put('web', '*')).toMatchObject({ status: 200, headers: { etag: '"3"' } });
  });

  test('is refused for a template that its provider can make nothing of', async () => {
    const checkTemplate = () => [{ pointer: '/command', message: 'command is missing' }];
    await using http = await startHttp({ checkTemplate });
    const before = await http.lastEvent();
    const refused = await http.call('PUT', '/v1/pools/web', { body: { ...WEB, template: {} } });
    expect(refused).toMatchObject({
      status: 400,
      body: {
        code: 'invalid_input',
        errors: [{ pointer: '/template/command', message: 'command is missing' }],
      },
    });
    expect(await http.lastEvent()).toBe(before);
  });

  test('names the providers that there are', async () => {
    await using http = await startHttp();
    const refused = await http.call('PUT', '/v1/pools/web', { body: { provider: 'nope' } });
    expect(refused).toMatchObject({
      status: 404,
      body: { code: 'provider_not_found', errors: [{ pointer: '/provider' }] },
    });
    expect(refused.body.detail).toContain('hand, maker');
  });
});

describe('PATCH /v1/pools/{pool}', () => {
  test('changes what it names and keeps the rest', async () => {
    await using http = await startHttp();
    await http.call('PUT', '/v1/pools/web', { body: WEB });
    const { status, body, headers } = await http.call('PATCH', '/v1/pools/web', {
      body: { size: { min: 1, max: 4, buffer: 1 }, lease: { max: '9h' } },
    });
    expect([status, headers['etag']]).toEqual([200, '"2"']);
    expect(body).toMatchObject({
      ...WEB,
      size: { min: 1, max: 4, buffer: 1 },
      lease: { default: '30m', max: '9h', queue: 'priority' },
    });
  });

  test('an operator changes the size and nothing else, and only in its grant', async () => {
    await using http = await startHttp();
    await http.call('PUT', '/v1/pools/web', { body: WEB });
    const patch = (body: object, as: string) => http.call('PATCH', '/v1/pools/web', { body, as });
    expect(await patch({ size: { desired: 3 } }, 'operator')).toMatchObject({
      status: 200,
      body: { target: 3 },
    });
    const before = await http.lastEvent();
    const refused = await patch({ size: { desired: 1 }, labels: {} }, 'operator');
    expect(refused).toMatchObject({ status: 403, body: { errors: [{ pointer: '/labels' }] } });
    await http.token('elsewhere', 'operator', { pools: [] });
    expect(await patch({ size: { desired: 1 } }, 'elsewhere')).toMatchObject({ status: 404 });
    expect((await http.get('/v1/pools/web')).body.size).toEqual({ desired: 3 });
    expect(await http.lastEvent()).toBeGreaterThanOrEqual(before);
  });

  test('is fenced, and refused for a pool that is not there', async () => {
    await using http = await startHttp();
    await http.pool('web', 0);
    const before = await http.lastEvent();
    expect(
      await http.call('PATCH', '/v1/pools/web', {
        body: { labels: { a: 'b' } },
        headers: { 'if-match': '"9"' },
      }),
    ).toMatchObject({ status: 412 });
    expect(await http.call('PATCH', '/v1/pools/nope', { body: { labels: {} } })).toMatchObject({
      status: 404,
      body: { code: 'pool_not_found' },
    });
    expect(await http.lastEvent()).toBe(before);
  });

  test('has the provider of the pool check a new template', async () => {
    const checked: unknown[] = [];
    const checkTemplate = (provider: string, template: unknown) => {
      checked.push([provider, template]);
      return [];
    };
    await using http = await startHttp({ checkTemplate });
    await http.call('PUT', '/v1/pools/web', { body: WEB });
    await http.call('PATCH', '/v1/pools/web', { body: { template: { command: ['true'] } } });
    await http.call('PATCH', '/v1/pools/web', { body: { template: null } });
    expect(checked).toEqual([
      ['maker', WEB.template],
      ['maker', { command: ['true'] }],
      ['maker', null],
    ]);
  });
});

describe('DELETE /v1/pools/{pool}', () => {
  test('gives up free members, waits for leased ones, and goes', async () => {
    await using http = await startHttp();
    await http.pool('web', 2);
    const { body: lease } = await http.post('/v1/leases', { pool: 'web' });
    const removing = await http.call('DELETE', '/v1/pools/web');
    expect(removing).toMatchObject({ status: 202, body: { status: 'removing' } });
    expect((await http.call('DELETE', '/v1/pools/web')).status).toBe(202);
    const refused = await http.post('/v1/leases', { pool: 'web' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'pool_being_removed' } });
    await http.call('DELETE', `/v1/leases/${lease.id}`);
    await http.until(async () => ((await http.get('/v1/pools/web')).status === 404 ? true : undefined));
    expect(await http.call('DELETE', '/v1/pools/web')).toMatchObject({
      status: 404,
      body: { code: 'pool_not_found' },
    });
  });

  test('is fenced by If-Match', async () => {
    await using http = await startHttp();
    await http.pool('web', 1);
    expect((await http.call('DELETE', '/v1/pools/web', { headers: { 'if-match': '"3"' } })).status).toBe(412);
    expect((await http.get('/v1/pools/web')).body.status).toBe('open');
  });
});

describe('GET', () => {
  test('lists pools by name and by pages, as far as the grant reaches', async () => {
    await using http = await startHttp();
    for (const name of ['c', 'a', 'b']) await http.pool(name, 0);
    await http.token('some', 'viewer', { pools: ['a', 'c'] });
    const names = ({ body }: { body: { items: { name: string }[] } }) => body.items.map(({ name }) => name);
    const first = await http.get('/v1/pools?limit=2');
    expect([names(first), names(await http.get(`/v1/pools?cursor=${first.body.next}`))]).toEqual([
      ['a', 'b'],
      ['c'],
    ]);
    expect(names(await http.get('/v1/pools', { as: 'some' }))).toEqual(['a', 'c']);
    expect((await http.get('/v1/pools/b', { as: 'some' })).status).toBe(404);
    expect((await http.get('/v1/pools/b/explain', { as: 'some' })).status).toBe(404);
  });

  test('a holder does not see the template', async () => {
    await using http = await startHttp();
    await http.call('PUT', '/v1/pools/web', { body: WEB });
    expect((await http.get('/v1/pools/web', { as: 'viewer' })).body.template).toEqual(WEB.template);
    for (const url of ['/v1/pools/web', '/v1/pools'])
      expect((await http.get(url, { as: 'holder' })).text).not.toContain('SECRET');
  });

  test('explain says how the pool stands', async () => {
    await using http = await startHttp();
    await http.call('PUT', '/v1/pools/web', { body: { ...WEB, template: { stuck: true } } });
    const { status, body } = await http.get('/v1/pools/web/explain');
    expect([status, body.pool, body.target, body.counts.requested]).toEqual([200, 'web', 2, 2]);
    expect(body.summary).toContain('2');
    expect((await http.get('/v1/pools/nope/explain')).status).toBe(404);
  });

  test('a pool that is not there', async () => {
    await using http = await startHttp();
    expect(await http.get('/v1/pools/nope')).toMatchObject({ status: 404, body: { code: 'pool_not_found' } });
  });
});
