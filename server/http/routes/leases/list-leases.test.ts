import { expect, test } from 'vitest';
import { startHttp } from '../../../testing/http-harness.ts';
import type { HttpHarness } from '../../../testing/http-harness.ts';

const ids = ({ body }: { body: { items: { id: string }[] } }): string[] => body.items.map(({ id }) => id);

async function lend(http: HttpHarness, pool: string, as: string): Promise<string> {
  return (await http.post('/v1/leases', { pool }, { as })).body.id as string;
}

test('filters by pool, holder and status; a holder sees its own alone', async () => {
  await using http = await startHttp();
  await http.pool('web', 1);
  await http.pool('lab', 1);
  await http.token('other', 'holder');
  const active = await lend(http, 'web', 'holder');
  const queued = await lend(http, 'web', 'other');
  const lab = await lend(http, 'lab', 'other');
  const list = async (query: string, as = 'viewer') => ids(await http.get(`/v1/leases${query}`, { as }));
  expect(await list('')).toEqual([active, queued, lab]);
  expect(await list('?pool=web')).toEqual([active, queued]);
  expect(await list('?holder=other')).toEqual([queued, lab]);
  expect(await list('?status=queued')).toEqual([queued]);
  expect(await list('?status=active&pool=lab')).toEqual([lab]);
  expect(await list('', 'other')).toEqual([queued, lab]);
  expect(await list('?holder=holder', 'other')).toEqual([]);
  await http.token('lab-viewer', 'viewer', { pools: ['lab'] });
  expect(await list('', 'lab-viewer')).toEqual([lab]);
});

test('pages to the end by next, each lease once', async () => {
  await using http = await startHttp();
  await http.pool('web', 0);
  const all: string[] = [];
  for (let n = 0; n < 7; n += 1) all.push(await lend(http, 'web', 'holder'));
  for (const as of ['viewer', 'holder']) {
    const seen: string[] = [];
    let cursor = '';
    for (let pages = 0; pages < 10; pages += 1) {
      const page = await http.get(`/v1/leases?limit=3${cursor}`, { as });
      seen.push(...ids(page));
      if (page.body.next === null) break;
      cursor = `&cursor=${page.body.next}`;
    }
    expect(seen).toEqual(all);
  }
});

test('status=ended tells history, the last first, by pages', async () => {
  await using http = await startHttp();
  await http.pool('web', 1);
  const ended: string[] = [];
  for (let n = 0; n < 5; n += 1) {
    const id = await lend(http, 'web', n % 2 === 0 ? 'holder' : 'operator');
    await http.call('DELETE', `/v1/leases/${id}`);
    await http.time.advance(1_000);
    ended.unshift(id);
  }
  expect(ids(await http.get('/v1/leases'))).toEqual([]);
  const first = await http.get('/v1/leases?status=ended&limit=2');
  expect(ids(first)).toEqual(ended.slice(0, 2));
  const second = await http.get(`/v1/leases?status=ended&limit=100&cursor=${first.body.next}`);
  expect([ids(second), second.body.next]).toEqual([ended.slice(2), null]);
  expect(ids(await http.get('/v1/leases?status=ended', { as: 'holder' }))).toEqual([
    ended[0],
    ended[2],
    ended[4],
  ]);
});

test('places in a fair pool follow the shares', async () => {
  await using http = await startHttp();
  await http.call('PUT', '/v1/pools/web', { body: { provider: 'hand', lease: { queue: 'fair' } } });
  await http.post('/v1/resources', { pool: 'web', name: 'w1' });
  await http.token('rich', 'holder');
  await http.token('poor', 'holder');
  await lend(http, 'web', 'rich');
  const rich = await lend(http, 'web', 'rich');
  const poor = await lend(http, 'web', 'poor');
  const { body } = await http.get('/v1/leases?status=queued');
  const places = Object.fromEntries(
    body.items.map(({ id, position }: { id: string; position: number }) => [id, position]),
  );
  expect(places).toEqual({ [poor]: 1, [rich]: 2 });
  expect((await http.get(`/v1/leases/${rich}`)).body.position).toBe(2);
});
