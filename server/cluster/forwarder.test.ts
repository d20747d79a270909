import { once } from 'node:events';
import { Agent } from 'node:http';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { waitFor } from '../testing/wait-for.ts';
import { IDLE_MS_TOLD } from './front.ts';
import { ask, FakeCluster } from './testing/fake-cluster.ts';
import type { FakeReplica, FakeReplicaInput } from './testing/fake-cluster.ts';

type Told = { method: string; url: string; body: string; headers: IncomingMessage['headers']; from: string };

/** Answers everything with what was asked, as `name`. */
function telling(name: string, asked: Told[] = []): RequestListener {
  return (request, response) => {
    void readAll(request).then((body) => {
      const { method = '', url = '', headers, socket } = request;
      const told = { method, url, body, headers, from: socket.remoteAddress ?? '' };
      asked.push(told);
      response.setHeader('content-type', 'application/json');
      response.setHeader('x-by', name);
      response.end(JSON.stringify({ by: name, ...told }));
    });
  };
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

/** Two replicas; the first one keeps. */
async function startTwo(
  apps: readonly [RequestListener, RequestListener],
  more: Partial<FakeReplicaInput> = {},
): Promise<{ cluster: FakeCluster; keeper: FakeReplica; other: FakeReplica }> {
  const cluster = await FakeCluster.start(apps.map((app) => ({ ...more, app })));
  const [keeper, other] = cluster.replicas as [FakeReplica, FakeReplica];
  cluster.keep(keeper);
  return { cluster, keeper, other };
}

test('any replica answers what the keeper answers', async () => {
  const { cluster, keeper, other } = await startTwo([telling('r1'), telling('r2')]);
  await using _closing = cluster;
  const sent = { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } };
  const seen = await ask(`${other.url}/v1/leases?x=%20y`, sent);
  expect([seen.status, seen.headers['x-by'], seen.body.body, seen.body.url, seen.body.method]).toEqual([
    200,
    'r1',
    '{"a":1}',
    '/v1/leases?x=%20y',
    'POST',
  ]);
  expect((await ask(`${keeper.url}/v1/pools`)).body.by).toBe('r1');
  expect((await ask(`${other.url}/v1/pools`, { method: 'HEAD' })).headers['x-by']).toBe('r1');
  expect(other.outcomes).toEqual(['answered', 'answered']);
});

test('clients are told how long they may keep a connection without use: no longer than one that stops lingers', async () => {
  const { cluster, keeper, other } = await startTwo([telling('r1'), telling('r2')]);
  await using _closing = cluster;
  const agent = new Agent({ keepAlive: true });
  for (const { url } of [keeper, other]) {
    const { headers } = await ask(`${url}/v1/pools`, { agent });
    expect(headers['keep-alive']).toBe(`timeout=${IDLE_MS_TOLD / 1_000}`);
  }
  agent.destroy();
});

test('a POST is never sent a second time without a key; with one, and a GET, it is', async () => {
  const asked: string[] = [];
  // Takes the request and breaks the connection.
  const breaking: RequestListener = (request) => {
    asked.push(`r1 ${request.method}`);
    request.socket.destroy();
  };
  const { cluster, keeper, other } = await startTwo([breaking, telling('r2')]);
  await using _closing = cluster;
  const third = await FakeCluster.start([{ app: telling('r3') }]);
  await using _third = third;
  const [next] = third.replicas as [FakeReplica];
  const lost = await ask(`${other.url}/v1/pools`, { method: 'POST', body: '{}' });
  expect([lost.status, lost.body.code, lost.headers['retry-after']]).toEqual([
    503,
    'outcome_unknown',
    undefined,
  ]);
  expect(asked).toEqual(['r1 POST']);
  // Nobody remembers a key there: to send it again could do it twice.
  const headers = { 'idempotency-key': 'k' };
  const rotated = await ask(`${other.url}/v1/signing-keys/rotate`, { method: 'POST', headers });
  expect(rotated.body.code).toBe('outcome_unknown');
  expect(asked).toEqual(['r1 POST', 'r1 POST']);
  const keyed = ask(`${other.url}/v1/leases`, {
    method: 'POST',
    body: '{}',
    headers,
  });
  const read = ask(`${other.url}/v1/pools`);
  await waitFor('both were sent to the first keeper', () => asked.length >= 4);
  // Another keeps: both go there, whole.
  const known = { card: next.view.self, term: 9 };
  next.view.see('keeping', known);
  keeper.view.see('following', known);
  other.view.see('following', known);
  expect((await keyed).body).toMatchObject({ by: 'r3', method: 'POST', body: '{}' });
  expect((await read).body.by).toBe('r3');
  expect(asked.filter((told) => told === 'r1 POST').length).toBeGreaterThanOrEqual(3);
  expect(other.outcomes.toSorted()).toEqual(['answered', 'answered', 'unknown', 'unknown']);
});

test('a keeper that breaks every answer is not asked for ever', async () => {
  let asked = 0;
  const breaking: RequestListener = (request) => {
    asked += 1;
    request.socket.destroy();
  };
  const { cluster, other } = await startTwo([breaking, telling('r2')]);
  await using _closing = cluster;
  const seen = await ask(`${other.url}/v1/pools`);
  expect([seen.status, seen.body.code]).toEqual([503, 'keeper_unreachable']);
  expect(asked).toBe(5);
});

test('requests wait while nobody keeps, and go to whoever does, also if it is the replica that was asked', async () => {
  const { cluster, keeper, other } = await startTwo([telling('r1'), telling('r2')]);
  await using _closing = cluster;
  cluster.nobody();
  const waiting = [
    ask(`${keeper.url}/x`, { method: 'POST', body: 'b' }),
    ask(`${other.url}/x`, { method: 'POST', body: 'b' }),
  ];
  await waitFor('both wait', () => keeper.forwarder.counts.held + other.forwarder.counts.held === 2);
  cluster.keep(other);
  for (const { body } of await Promise.all(waiting)) expect(body).toMatchObject({ by: 'r2', body: 'b' });
  expect(other.outcomes).toEqual([]);
});

test('a request that nobody takes in time is refused with a time to come again; too many do not wait', async () => {
  const limits = { holdMs: 200, heldMax: 1 };
  const { cluster, other } = await startTwo([telling('r1'), telling('r2')], { limits });
  await using _closing = cluster;
  cluster.nobody();
  const waiting = ask(`${other.url}/x`);
  await waitFor('it waits', () => other.forwarder.counts.held === 1);
  const refused = await ask(`${other.url}/x`);
  expect([refused.status, refused.body.code]).toEqual([503, 'no_keeper']);
  expect(refused.body.detail).toContain('1 requests wait');
  const late = await waiting;
  expect([late.status, late.body.code, late.headers['retry-after']]).toEqual([503, 'no_keeper', '2']);
  expect(other.outcomes).toEqual(['refused', 'refused']);
});

test('a client that goes away waits no more, and its wait at the keeper ends', async () => {
  const closed: string[] = [];
  const waits: RequestListener = (request, response) => {
    closed.push('asked');
    response.once('close', () => closed.push('closed'));
    request.resume();
  };
  const { cluster, other } = await startTwo([waits, telling('r2')]);
  await using _closing = cluster;
  const leave = new AbortController();
  const asking = ask(`${other.url}/v1/leases/x?wait=5m`, { signal: leave.signal }).catch(() => 'left');
  await waitFor('it is asked', () => closed.includes('asked'));
  leave.abort();
  expect(await asking).toBe('left');
  await waitFor('the wait ended', () => closed.includes('closed'));
  cluster.nobody();
  const again = new AbortController();
  const held = ask(`${other.url}/x`, { signal: again.signal }).catch(() => 'left');
  await waitFor('it is held', () => other.forwarder.counts.held === 1);
  again.abort();
  expect(await held).toBe('left');
  await waitFor('nothing is held', () => other.forwarder.counts.held === 0);
  expect(other.outcomes).toEqual(['gone', 'gone']);
});

test('a keeper that stands still is left when another keeps: reads go on there, other requests are of unknown outcome', async () => {
  let asked = 0;
  const frozen: RequestListener = (request) => {
    request.resume();
    asked += 1;
  };
  const { cluster, other } = await startTwo([frozen, telling('r2')]);
  await using _closing = cluster;
  const third = await FakeCluster.start([{ app: telling('r3') }]);
  await using _third = third;
  const [next] = third.replicas as [FakeReplica];
  const read = ask(`${other.url}/x`);
  const write = ask(`${other.url}/x`, { method: 'POST', body: 'b' });
  await waitFor('both are there', () => asked === 2);
  const known = { card: next.view.self, term: 9 };
  next.view.see('keeping', known);
  other.view.see('following', known);
  expect((await read).body.by).toBe('r3');
  expect((await write).body.code).toBe('outcome_unknown');
});

test('a keeper that is gone, or does not keep yet, is asked by one question at a time', async () => {
  const { cluster, keeper, other } = await startTwo([telling('r1'), telling('r2')]);
  await using _closing = cluster;
  keeper.view.see('takingOver', keeper.view.known);
  const waiting = Array.from({ length: 50 }, () => ask(`${other.url}/x`, { method: 'POST', body: 'b' }));
  await waitFor('all wait', () => other.forwarder.counts.held === 50);
  keeper.view.see('keeping', keeper.view.known);
  for (const { body } of await Promise.all(waiting)) expect(body.by).toBe('r1');
});

test('bodies are bounded, and one that is too large is refused before it is sent', async () => {
  const asked: Told[] = [];
  const { cluster, other } = await startTwo([telling('r1', asked), telling('r2')]);
  await using _closing = cluster;
  const fits = await ask(`${other.url}/x`, { method: 'POST', body: Buffer.alloc(1_048_576, 'x') });
  expect(fits.body.body.length).toBe(1_048_576);
  const chunked = await ask(`${other.url}/x`, {
    method: 'POST',
    body: Buffer.alloc(1_048_577, 'x'),
    headers: { 'transfer-encoding': 'chunked' },
  }).catch((error: Error) => error.message);
  expect(chunked).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  const expecting = await ask(`${other.url}/x`, {
    method: 'POST',
    headers: { expect: '100-continue', 'content-length': 2_000_000 },
  });
  expect([expecting.status, expecting.headers.connection]).toEqual([413, 'close']);
  expect(asked.length).toBe(1);
});

test('who expects to be told to go on is told, here and through another replica', async () => {
  const { cluster, keeper, other } = await startTwo([telling('r1'), telling('r2')]);
  await using _closing = cluster;
  for (const { url } of [keeper, other]) {
    const seen = await ask(url, { method: 'POST', body: 'b', headers: { expect: '100-continue' } });
    expect([seen.status, seen.body.body]).toEqual([200, 'b']);
  }
});

test('headers of one connection are not passed on; those of the message are, as they were', async () => {
  const asked: Told[] = [];
  const answers: RequestListener = (request, response) => {
    asked.push({ method: '', url: '', body: '', from: '', headers: request.headers });
    response.writeHead(201, 'Made', [
      'Set-Cookie',
      'a=1',
      'Set-Cookie',
      'b=2',
      'Connection',
      'X-Hop',
      'X-Hop',
      'h',
      'ETag',
      '"3"',
    ]);
    response.end('made');
  };
  const { cluster, other } = await startTwo([answers, telling('r2')]);
  await using _closing = cluster;
  const seen = await ask(other.url, {
    headers: {
      connection: 'close, x-mine',
      'x-mine': '1',
      te: 'trailers',
      upgrade: 'h2c',
      'x-kept': 'k',
      host: 'pool.example',
    },
  });
  expect([seen.status, seen.headers['set-cookie'], seen.headers.etag]).toEqual([201, ['a=1', 'b=2'], '"3"']);
  expect(seen.headers['x-hop']).toBeUndefined();
  expect(asked[0]?.headers).toMatchObject({ 'x-kept': 'k', host: 'pool.example' });
  for (const name of ['x-mine', 'te', 'upgrade']) expect(asked[0]?.headers).not.toHaveProperty(name);
});

test('the keeper sees who asks as if it had been asked itself, and no client can say so', async () => {
  const asked: Told[] = [];
  const { cluster, keeper, other } = await startTwo([telling('r1', asked), telling('r2')]);
  await using _closing = cluster;
  const spoofed = {
    'x-poolkeeper-client': '8.8.8.8',
    'X-Poolkeeper-Listener': 'boskos',
    'x-poolkeeper-scheme': 'https',
    'x-forwarded-for': '9.9.9.9',
  };
  for (const { url } of [keeper, other]) {
    const { body } = await ask(url, { headers: spoofed });
    expect([body.by, body.from]).toEqual(['r1', '127.0.0.1']);
    expect(Object.keys(body.headers).filter((name) => name.startsWith('x-poolkeeper'))).toEqual([]);
    // Whether it is believed is for the application to say, as for any client.
    expect(body.headers['x-forwarded-for']).toBe('9.9.9.9');
  }
});

test('an answer that breaks in the middle does not look like a whole one', async () => {
  const breaking: RequestListener = (_request, response) => {
    response.write('half');
    setTimeout(() => response.destroy(), 20);
  };
  const { cluster, other } = await startTwo([breaking, telling('r2')]);
  await using _closing = cluster;
  const seen = await ask(`${other.url}/v1/export`).then(
    () => 'whole',
    () => 'broken',
  );
  expect(seen).toBe('broken');
});

test('an answer comes as it is written, and as fast as the client takes it', async () => {
  let writer: ServerResponse | undefined;
  const { cluster, other } = await startTwo([(_request, response) => (writer = response), telling('r2')]);
  await using _closing = cluster;
  const { default: http } = await import('node:http');
  const sent = http.get(other.url);
  await waitFor('it is asked', () => writer !== undefined);
  writer?.write('{"line":1}\n');
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  expect(String((await once(response, 'data'))[0])).toBe('{"line":1}\n');
  writer?.write('{"line":2}\n');
  expect(String((await once(response, 'data'))[0])).toBe('{"line":2}\n');
  response.pause();
  // More than all buffers on the way hold.
  const isTaken = writer?.write(Buffer.alloc(24 * 1_024 * 1_024, 'x'));
  expect(isTaken).toBe(false);
  let isDrained = false;
  writer?.once('drain', () => (isDrained = true));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(isDrained).toBe(false);
  response.resume();
  await waitFor('the rest is taken', () => isDrained);
  writer?.end();
  await once(response, 'end');
});

test('a replica without the secret says so instead of forwarding', async () => {
  const { cluster, keeper, other } = await startTwo([telling('r1'), telling('r2')], { secret: null });
  await using _closing = cluster;
  expect((await ask(keeper.url)).body.by).toBe('r1');
  const { status, body } = await ask(other.url);
  expect([status, body.code]).toEqual([503, 'keeper_unreachable']);
  expect(body.detail).toContain('POOLKEEPER_CLUSTER_SECRET');
});
