import { ACTED_ON_MAX } from '@poolkeeper/core';
import { describe, expect, test } from 'vitest';
import { startHttp } from '../../../testing/http-harness.ts';
import type { HttpHarness } from '../../../testing/http-harness.ts';

const QUARANTINE = { action: 'quarantine', reason: 'smoke in the rack' };

function act(http: HttpHarness, body: object, as = 'operator') {
  return http.post('/v1/resources/actions', { ...QUARANTINE, ...body }, { as });
}

describe('POST /v1/resources/actions', () => {
  test('does the same to many, with the reason in the events of each', async () => {
    await using http = await startHttp();
    const boards = await http.pool('boards', 2, { arch: 'arm64' });
    await http.pool('web', 1, { arch: 'amd64' });
    const { status, body } = await act(http, { match: { arch: 'arm64' } });
    expect([status, body]).toEqual([
      200,
      {
        items: boards.map(({ id, name, pool }) => ({ id, name, pool, status: 'quarantined', refusal: null })),
        left: 0,
        next: null,
      },
    ]);
    const told = (await http.events()).filter(({ type }) => type === 'resource.quarantined');
    expect(told.map(({ data }) => data)).toMatchObject([
      { reason: QUARANTINE.reason },
      { reason: QUARANTINE.reason },
    ]);
  });

  test('says of each that refuses why, and does the others', async () => {
    await using http = await startHttp();
    const [first] = await http.pool('boards', 2);
    await act(http, { ids: [first?.id] });
    const { body } = await act(http, { action: 'retry', pool: 'boards' });
    expect(
      body.items.map(({ status, refusal }: { status: string; refusal: { code: string } | null }) => [
        status,
        refusal?.code,
      ]),
    ).toEqual([
      ['free', undefined],
      ['free', 'resource_transition_refused'],
    ]);
  });

  test('a dry run leaves no trace', async () => {
    await using http = await startHttp();
    await http.pool('boards', 2);
    const before = await http.lastEvent();
    const { body } = await act(http, { all: true, dryRun: true });
    expect(body.items).toHaveLength(2);
    expect(await http.lastEvent()).toBe(before);
    expect((await http.get('/v1/pools/boards')).body.resources.free).toBe(2);
  });

  test('what one answer does not tell of is counted, and done by the next', async () => {
    await using http = await startHttp();
    await http.pool('boards', ACTED_ON_MAX + 5);
    const limit = ACTED_ON_MAX + 1;
    const first = await act(http, { pool: 'boards', limit });
    expect([first.body.items.length, first.body.left]).toEqual([limit, 4]);
    const second = await act(http, { pool: 'boards', limit, cursor: first.body.next });
    expect([second.body.items.length, second.body.left, second.body.next]).toEqual([4, 0, null]);
    expect((await http.get('/v1/pools/boards')).body.resources.quarantined).toBe(ACTED_ON_MAX + 5);
  });

  test.each<[object, number, string]>([
    [{}, 400, '/all'],
    [{ pool: 'boards', reason: '' }, 400, '/reason'],
    [{ pool: 'boards', action: 'explode' }, 400, '/action'],
    [{ pool: 'boards', filter: 'labels.' }, 400, '/filter'],
    [{ pool: 'boards', limit: 1_001 }, 400, '/limit'],
    [{ pool: 'boards', cursor: '!' }, 400, '/cursor'],
    [{ pool: 'boards', held: false }, 400, '/held'],
    [{ pool: 'nope' }, 404, '/pool'],
  ])('%j is refused with %i at %s', async (body, status, pointer) => {
    await using http = await startHttp();
    await http.pool('boards', 1);
    const before = await http.lastEvent();
    expect(await act(http, body)).toMatchObject({ status, body: { errors: [{ pointer }] } });
    expect(await http.lastEvent()).toBe(before);
  });

  test('reaches what is in the grant alone', async () => {
    await using http = await startHttp();
    const [board] = await http.pool('boards', 1);
    await http.pool('web', 1);
    await http.token('boarder', 'operator', { pools: ['web'] });
    expect(await act(http, { pool: 'boards' }, 'boarder')).toMatchObject({ status: 404 });
    const named = await act(http, { ids: [board?.id] }, 'boarder');
    expect(named.body.items).toMatchObject([{ name: null, refusal: { code: 'resource_not_found' } }]);
    const all = await act(http, { all: true }, 'boarder');
    expect(all.body.items.map(({ pool }: { pool: string }) => pool)).toEqual(['web']);
  });
});
