import { describe, expect, test } from 'vitest';
import { EventClient } from '../../testing/event-client.ts';
import { startHttp } from '../../testing/http-harness.ts';
import type { HttpHarness } from '../../testing/http-harness.ts';
import { BLOCKED_MS_MAX, HEARTBEAT_MS } from '../sse-writer.ts';

async function startListening(): Promise<{ http: HttpHarness; url: string }> {
  const http = await startHttp();
  await http.pool('web', 2);
  return { http, url: await http.app.listen({ host: '127.0.0.1', port: 0 }) };
}

type Options = { as?: string; query?: string; headers?: Record<string, string> };

async function listen(
  { http, url }: { http: HttpHarness; url: string },
  { as = 'admin', query = '', headers = {} }: Options = {},
) {
  return EventClient.open(`${url}/v1/events${query}`, { ...http.bearer(as), ...headers });
}

const seqs = (client: EventClient): number[] => client.messages.map(({ id }) => Number(id));
const received = (http: HttpHarness, client: EventClient, count: number) =>
  http.until(() => (client.messages.length >= count ? client.messages : undefined));

describe('as a stream', () => {
  test('tells each event as it becomes durable, from now on', async () => {
    const server = await startListening();
    await using http = server.http;
    using client = await listen(server);
    expect(client.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect(client.response.headers['x-request-id']).toMatch(/^boot-/);
    const last = await http.lastEvent();
    const { body: lease } = await http.post('/v1/leases', { pool: 'web' });
    await http.call('DELETE', `/v1/leases/${lease.id}`);
    const messages = await received(http, client, 3);
    expect(messages.map(({ event }) => event)).toEqual(['lease.granted', 'lease.ended', 'resource.freed']);
    expect(seqs(client)).toEqual([last + 1, last + 2, last + 3]);
    expect(messages[0]?.data).toMatchObject({
      seq: last + 1,
      at: '2023-11-14T22:13:20.000Z',
      type: 'lease.granted',
      lease: lease.id,
      holder: 'admin',
      data: { waitedMs: 0, expiresAt: '2023-11-14T23:13:20.000Z' },
    });
  });

  test.each([
    ['Last-Event-ID', { headers: { 'last-event-id': '3' } }],
    ['after', { query: '?after=3' }],
  ])('%s goes on behind an event', async (_what, options) => {
    const server = await startListening();
    await using http = server.http;
    using client = await listen(server, options);
    await http.post('/v1/leases', { pool: 'web' });
    const last = await http.lastEvent();
    await received(http, client, last - 3);
    expect(seqs(client)).toEqual(Array.from({ length: last - 3 }, (_, n) => n + 4));
  });

  test('history and what happens meanwhile come without gap or repetition', async () => {
    const server = await startListening();
    await using http = server.http;
    for (let n = 0; n < 700; n += 1)
      await http.keeper.ask({ type: 'requestLease', holder: 'ann', items: [{ pool: 'web', count: 1 }] });
    const asking = (async () => {
      for (let n = 0; n < 300; n += 1)
        await http.keeper.ask({ type: 'requestLease', holder: 'bob', items: [{ pool: 'web', count: 1 }] });
    })();
    using client = await listen(server, { query: '?after=0' });
    await asking;
    const last = await http.lastEvent();
    await received(http, client, last);
    expect(seqs(client)).toEqual(Array.from({ length: last }, (_, n) => n + 1));
  });

  test('filters by pool, resource, lease, holder and type, in history and live', async () => {
    const server = await startListening();
    await using http = server.http;
    const { body: mine } = await http.post('/v1/leases', { pool: 'web' });
    using typed = await listen(server, { query: '?after=0&type=lease.granted&type=lease.ended' });
    using leased = await listen(server, { query: `?after=0&lease=${mine.id}` });
    using held = await listen(server, { query: '?after=0&holder=holder' });
    await http.post('/v1/leases', { pool: 'web' }, { as: 'holder' });
    await http.call('DELETE', `/v1/leases/${mine.id}`);
    await received(http, typed, 3);
    await received(http, leased, 2);
    const types = (client: EventClient) => client.messages.map(({ event }) => event);
    expect(types(typed)).toEqual(['lease.granted', 'lease.granted', 'lease.ended']);
    expect(types(leased)).toEqual(['lease.granted', 'lease.ended']);
    expect(types(held)).toEqual(['lease.granted']);
  });

  test('a holder hears of its own leases alone, an operator of its pools, and of tokens an admin', async () => {
    const server = await startListening();
    await using http = server.http;
    await http.pool('lab', 1);
    await http.token('laborant', 'operator', { pools: ['lab'] });
    using holder = await listen(server, { as: 'holder', query: '?after=0' });
    using laborant = await listen(server, { as: 'laborant', query: '?after=0' });
    using viewer = await listen(server, { as: 'viewer', query: '?after=0' });
    using admin = await listen(server, { query: '?after=0' });
    await http.post('/v1/leases', { pool: 'web' }, { as: 'admin' });
    await http.post('/v1/leases', { pool: 'web' }, { as: 'holder' });
    const last = await http.lastEvent();
    await received(http, admin, last);
    await received(http, viewer, 1);
    await http.until(() => (viewer.messages.at(-1)?.id === String(last) ? true : undefined));
    expect(holder.messages.map(({ event, data }) => [event, data['holder']])).toEqual([
      ['lease.granted', 'holder'],
    ]);
    expect(new Set(laborant.messages.map(({ data }) => data['pool']))).toEqual(new Set(['lab']));
    expect(viewer.messages.filter(({ event }) => event.startsWith('token.'))).toEqual([]);
    expect(admin.messages.filter(({ event }) => event === 'token.created')).toHaveLength(6);
  });

  test('says that it is alive, and ends with its token', async () => {
    const server = await startListening();
    await using http = server.http;
    const id = await http.token('brief', 'viewer');
    await http.token('timed', 'viewer', { ttlMs: HEARTBEAT_MS + 1 });
    using brief = await listen(server, { as: 'brief' });
    using timed = await listen(server, { as: 'timed' });
    await http.time.advance(HEARTBEAT_MS);
    await http.until(() => (brief.comments === 1 && timed.comments === 1 ? true : undefined));
    await http.time.advance(HEARTBEAT_MS);
    await http.until(() => (timed.isEnded ? true : undefined));
    expect(brief.isEnded).toBe(false);
    await http.keeper.ask({ type: 'revokeToken', token: id });
    await http.until(() => (brief.isEnded ? true : undefined));
    expect(http.time.pending).toBe(0);
  });

  test('a client that goes away leaves nothing behind', async () => {
    const server = await startListening();
    await using http = server.http;
    const client = await listen(server);
    await http.until(() => (http.time.pending === 1 ? true : undefined));
    client[Symbol.dispose]();
    const isFree = await http.until(() => (http.time.pending === 0 ? true : undefined));
    expect(isFree).toBe(true);
  });

  test('a client that takes nothing is cut, and the server keeps little for it', async () => {
    const server = await startListening();
    await using http = server.http;
    await http.token('slow', 'viewer');
    using client = await listen(server, { as: 'slow', query: '?after=0' });
    client.response.pause();
    const note = 'n'.repeat(200);
    for (let n = 0; n < 30_000; n += 1) {
      void http.keeper.ask({
        type: 'requestLease',
        holder: note.slice(0, 120),
        items: [{ pool: 'web', count: 1 }],
      });
    }
    await http.until(async () => ((await http.lastEvent()) > 30_000 ? true : undefined));
    // Two timers: the next beat, and the end of patience.
    await http.until(() => (http.time.pending >= 3 ? true : undefined));
    await http.time.advance(BLOCKED_MS_MAX);
    client.response.resume();
    await http.until(() => (client.isEnded ? true : undefined));
    expect(client.messages.length).toBeLessThan(30_000);
  });
});

describe('as a page', () => {
  test('tells the oldest first, and where to go on', async () => {
    await using http = await startHttp();
    await http.pool('web', 2);
    const last = await http.lastEvent();
    const first = await http.get('/v1/events?limit=3');
    expect(first.body.items.map(({ seq }: { seq: number }) => seq)).toEqual([1, 2, 3]);
    const rest = await http.get(`/v1/events?limit=1000&cursor=${first.body.next}`);
    expect([rest.body.items[0].seq, rest.body.items.at(-1).seq, rest.body.next]).toEqual([4, last, null]);
    expect((await http.get(`/v1/events?after=${last}`)).body).toEqual({ items: [], next: null });
  });

  test('filters as a stream does', async () => {
    await using http = await startHttp();
    await http.pool('web', 2);
    await http.post('/v1/leases', { pool: 'web' }, { as: 'holder' });
    const types = async (query: string, as = 'admin') =>
      (await http.get(`/v1/events${query}`, { as })).body.items.map(({ type }: { type: string }) => type);
    expect(await types('?type=pool.created')).toEqual(['pool.created']);
    expect(await types('?pool=web&type=resource.entered&limit=1')).toEqual(['resource.entered']);
    expect(await types('', 'holder')).toEqual(['lease.granted']);
    expect(await types('?holder=admin', 'holder')).toEqual([]);
    expect(await types('?type=token.created', 'viewer')).toEqual([]);
  });
});
