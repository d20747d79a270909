import { describe, expect, test } from 'vitest';
import { startHttp } from '../../../testing/http-harness.ts';
import type { HttpHarness } from '../../../testing/http-harness.ts';

/** Pool `store` with boards, and `lab` under it, which has none. */
async function aStore(http: HttpHarness, boards = 3): Promise<(string | undefined)[]> {
  const members = await http.pool('store', boards, { arch: 'arm64' });
  await http.call('PUT', '/v1/pools/lab', { body: { provider: 'hand', parent: 'store' } });
  return members.map(({ id }) => id);
}

describe('the parent of a pool', () => {
  test('is shown, taken away again, and part of the configuration', async () => {
    await using http = await startHttp();
    await aStore(http);
    expect((await http.get('/v1/pools/lab')).body.parent).toBe('store');
    const { body: config } = await http.get('/v1/config');
    expect(config.pools.map(({ name, parent }: { name: string; parent?: string }) => [name, parent])).toEqual(
      [
        ['lab', 'store'],
        ['store', undefined],
      ],
    );
    const patched = await http.call('PATCH', '/v1/pools/lab', { body: { parent: null } });
    expect([patched.status, patched.body.parent]).toEqual([200, null]);
  });

  test('outside of the grant is not told', async () => {
    await using http = await startHttp();
    await aStore(http);
    await http.token('inside', 'operator', { pools: ['lab'] });
    expect((await http.get('/v1/pools/lab', { as: 'inside' })).body.parent).toBeNull();
  });

  test('keeps a pool from being removed under others', async () => {
    await using http = await startHttp();
    await aStore(http);
    expect(await http.call('DELETE', '/v1/pools/store')).toMatchObject({
      status: 409,
      body: { code: 'pool_has_children' },
    });
    expect(
      await http.call('PUT', '/v1/pools/store', { body: { provider: 'hand', parent: 'lab' } }),
    ).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/parent' }] },
    });
  });
});

describe('POST /v1/pools/{pool}/add and remove', () => {
  test('move what is asked for, and say how each is', async () => {
    await using http = await startHttp();
    const [first, second] = await aStore(http);
    const added = await http.post(
      '/v1/pools/lab/add',
      { count: 2, match: { arch: 'arm64' } },
      { as: 'operator' },
    );
    expect(added).toMatchObject({
      status: 200,
      body: {
        items: [
          { id: first, name: 'store-1', status: 'free', pool: 'lab' },
          { id: second, name: 'store-2', status: 'free', pool: 'lab' },
        ],
        left: 0,
      },
    });
    const removed = await http.post('/v1/pools/lab/remove', { names: ['store-2'] });
    expect(removed.body.items).toEqual([{ id: second, name: 'store-2', status: 'free', pool: 'store' }]);
  });

  test('too few is 409, moves none, says when to try again and why the named ones cannot', async () => {
    await using http = await startHttp();
    await aStore(http);
    await http.post('/v1/leases', { pool: 'store', filter: 'name == "store-1"' });
    const before = await http.lastEvent();
    const { status, body, headers } = await http.post('/v1/pools/lab/add', { names: ['store-1', 'store-2'] });
    expect([status, body.code, body.errors, headers['retry-after']]).toEqual([
      409,
      'too_few_members',
      [{ pointer: '/names/0', message: '"store-1" is leased' }],
      '5',
    ]);
    expect(await http.lastEvent()).toBe(before);
  });

  test.each<[object, string]>([
    [{ count: 0 }, '/count'],
    [{ count: 1_001 }, '/count'],
    [{ names: [] }, '/names'],
    [{ filter: 'labels.' }, '/filter'],
    [{ to: 'store' }, '/to'],
    [{ wait: '6m' }, '/wait'],
    [{ count: 1, all: true }, '/count'],
  ])('%j is refused at %s', async (body, pointer) => {
    await using http = await startHttp();
    await aStore(http);
    const before = await http.lastEvent();
    expect(await http.post('/v1/pools/lab/add', body)).toMatchObject({
      status: 400,
      body: { errors: [{ pointer }] },
    });
    expect(await http.lastEvent()).toBe(before);
  });

  test('both pools have to be in the grant', async () => {
    await using http = await startHttp();
    await aStore(http);
    await http.token('one', 'operator', { pools: ['lab'] });
    await http.token('both', 'operator', { pools: ['lab', 'store'] });
    for (const body of [{}, { from: 'store' }]) {
      expect(await http.post('/v1/pools/lab/add', body, { as: 'one' })).toMatchObject({
        status: 404,
        body: { code: 'pool_not_found' },
      });
    }
    expect((await http.post('/v1/pools/store/add', {}, { as: 'one' })).status).toBe(404);
    expect((await http.post('/v1/pools/lab/add', {}, { as: 'both' })).status).toBe(200);
  });

  test('add to what the pools do at a move', async () => {
    await using http = await startHttp();
    const [first] = await aStore(http);
    const on = { exit: { addParams: { from: 'store' } }, enter: { addParams: { rack: 7 } } };
    expect((await http.post('/v1/pools/lab/add', { on })).status).toBe(200);
    expect((await http.get(`/v1/resources/${first}`)).body.params).toEqual({ from: 'store', rack: 7 });
    const wrong = await http.post('/v1/pools/lab/add', { on: { exit: { verify: 'x' } } });
    expect(wrong).toMatchObject({ status: 400, body: { errors: [{ pointer: '/on/exit/verify' }] } });
  });

  test('a wait for what has arrived already is none', async () => {
    await using http = await startHttp();
    await aStore(http);
    expect((await http.post('/v1/pools/lab/add', { wait: '5m' })).status).toBe(200);
  });
});
