import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { get } from 'node:http';
import { expect, test } from 'vitest';
import { handOn, keepBody } from '../http/hand-on.ts';
import { systemTimers } from '../system-clock.ts';
import { EventClient } from '../testing/event-client.ts';
import { waitFor } from '../testing/wait-for.ts';
import { ask, FakeCluster } from './testing/fake-cluster.ts';
import type { FakeReplica } from './testing/fake-cluster.ts';

/** An application whose waits and streams end when it closes: handed on where somebody takes them, else answered with what is. */
class FakeApp {
  readonly polls = new Map<ServerResponse, string>();
  readonly streams = new Map<ServerResponse, number>();
  readonly name: string;
  /** How many events there are, on every replica. */
  readonly #world: { events: number };

  constructor(name: string, world: { events: number }) {
    this.name = name;
    this.#world = world;
  }

  readonly listener: RequestListener = (request, response) => {
    request.resume();
    if (request.url === '/events') return this.#listen(request, response);
    this.polls.set(response, request.url ?? '');
    response.once('close', () => this.polls.delete(response));
  };

  #listen(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    const place = Number(request.headers['last-event-id'] ?? this.#world.events);
    response.write(`retry: 2000\nid: ${place}\n\n`);
    this.streams.set(response, place);
    response.once('close', () => this.streams.delete(response));
    this.tell();
  }

  /** Sends what each client has not heard yet. */
  tell(): void {
    for (const [response, from] of this.streams) {
      for (let seq = from + 1; seq <= this.#world.events; seq += 1)
        response.write(`id: ${seq}\nevent: tick\ndata: ${JSON.stringify({ seq, by: this.name })}\n\n`);
      this.streams.set(response, this.#world.events);
    }
  }

  answerAll(): void {
    for (const response of this.polls.keys()) response.end(this.name);
  }

  close(): void {
    for (const response of this.polls.keys()) if (!handOn(response)) response.end(`${this.name} as it is`);
    this.polls.clear();
    for (const [response, place] of this.streams) if (!handOn(response, place)) response.end();
    this.streams.clear();
  }
}

type Started = {
  cluster: FakeCluster;
  world: { events: number };
  apps: readonly [FakeApp, FakeApp];
  replicas: readonly [FakeReplica, FakeReplica];
};

async function start(): Promise<Started> {
  const world = { events: 0 };
  const apps = [new FakeApp('r1', world), new FakeApp('r2', world)] as const;
  const cluster = await FakeCluster.start(apps.map(({ listener }) => ({ app: listener })));
  const replicas = cluster.replicas as readonly FakeReplica[] as [FakeReplica, FakeReplica];
  cluster.keep(replicas[0]);
  return { cluster, world, apps, replicas };
}

/** As a keeper does it: it takes nothing new, its application closes, all is answered, then another keeps. */
async function handOver({ cluster, apps, replicas }: Started): Promise<void> {
  const [from, to] = replicas;
  from.view.see('handingOver', from.view.known);
  apps[0].close();
  await from.app.untilAnswered(systemTimers, 5_000);
  expect(from.app.count()).toBe(0);
  from.view.see('following', undefined);
  to.view.see('takingOver', { card: to.view.self, term: 2 });
  cluster.keep(to);
}

test('200 waits and 100 streams, at both replicas, go on with the next keeper and notice nothing', async () => {
  const started = await start();
  await using _closing = started.cluster;
  const { world, apps, replicas } = started;
  const urls = replicas.map(({ url }) => url);
  const waits = Array.from({ length: 200 }, (_, n) => ask(`${urls[n % 2]}/v1/leases/${n}?wait=60s`));
  const clients = await Promise.all(
    Array.from({ length: 100 }, (_, n) => EventClient.open(`${urls[n % 2]}/events`, {})),
  );
  await waitFor('all are there', () => apps[0].polls.size === 200 && apps[0].streams.size === 100);
  world.events = 3;
  apps[0].tell();
  const startedAt = performance.now();
  await handOver(started);
  world.events = 5;
  await waitFor('all have moved', () => apps[1].polls.size === 200 && apps[1].streams.size === 100);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  for (const url of apps[1].polls.values()) expect(url).toMatch(/^\/v1\/leases\/\d+\?wait=[1-5]\d{4}ms$/);
  apps[1].tell();
  for (const client of clients)
    await waitFor('all is heard', () => client.messages.length === 5 || client.isEnded);
  for (const { messages, isEnded } of clients) {
    expect([isEnded, messages.map(({ id }) => id)]).toEqual([false, ['1', '2', '3', '4', '5']]);
    expect(messages.map(({ data }) => data['by'])).toContain('r2');
  }
  apps[1].answerAll();
  for (const { status, text } of await Promise.all(waits)) expect([status, text]).toEqual([200, 'r2']);
  for (const client of clients) client[Symbol.dispose]();
});

test('streams through another replica go on behind the last whole message when their keeper dies', async () => {
  const started = await start();
  await using _closing = started.cluster;
  const { cluster, world, apps, replicas } = started;
  using client = await EventClient.open(`${replicas[1].url}/events`, {});
  await waitFor('it listens', () => apps[0].streams.size === 1);
  world.events = 2;
  apps[0].tell();
  await waitFor('two are heard', () => client.messages.length === 2);
  const [stream] = apps[0].streams.keys();
  // It dies in the middle of a message.
  stream?.write('id: 3\nevent: tick\ndata: {"seq":3,"by":"r');
  await new Promise((resolve) => setTimeout(resolve, 50));
  stream?.destroy();
  world.events = 4;
  cluster.keep(replicas[1]);
  await waitFor('all are heard', () => client.messages.length === 4);
  expect(client.messages.map(({ id, data }) => `${id} ${String(data['by'])}`)).toEqual([
    '1 r1',
    '2 r1',
    '3 r2',
    '4 r2',
  ]);
});

test('a stream that its keeper ends by itself is not begun again', async () => {
  const started = await start();
  await using _closing = started.cluster;
  const { apps, replicas } = started;
  using client = await EventClient.open(`${replicas[1].url}/events`, {});
  await waitFor('it listens', () => apps[0].streams.size === 1);
  for (const response of apps[0].streams.keys()) response.end();
  await waitFor('it has ended', () => client.isEnded);
  expect(apps[0].streams.size).toBe(0);
});

test('a wait that may not be asked for twice is answered with what is', async () => {
  const started = await start();
  await using _closing = started.cluster;
  const { apps, replicas } = started;
  const waits = replicas.map(({ url }) =>
    ask(`${url}/v1/leases`, { method: 'POST', body: '{"wait":"60s"}' }),
  );
  const headers = { 'idempotency-key': 'k' };
  const keyed = ask(`${replicas[1].url}/v1/leases`, { method: 'POST', body: '{"wait":"60s"}', headers });
  await waitFor('all wait', () => apps[0].polls.size === 3);
  await handOver(started);
  for (const { text } of await Promise.all(waits)) expect(text).toBe('r1 as it is');
  await waitFor('the one with a key has moved', () => apps[1].polls.size === 1);
  apps[1].answerAll();
  expect((await keyed).text).toBe('r2');
});

test('what has a key is asked again as it was where the keeper that took it loses the world, also with a body that it read', async () => {
  const failing: ServerResponse[] = [];
  const told: string[] = [];
  const cluster = await FakeCluster.start([
    {
      app: (request, response) => {
        let text = '';
        request.on('data', (chunk: Buffer) => (text += String(chunk)));
        request.on('end', () => {
          keepBody(request, text);
          failing.push(response);
        });
      },
    },
    {
      app: (request, response) => {
        request.on('data', (chunk: Buffer) => told.push(`${request.method} ${String(chunk)}`));
        request.on('end', () => response.end('r2'));
      },
    },
  ]);
  await using _closing = cluster;
  const [keeper, other] = cluster.replicas as [FakeReplica, FakeReplica];
  cluster.keep(keeper);
  const keyed = { 'idempotency-key': 'k' };
  const asked = [`${keeper.url}/v1/leases`, `${other.url}/v1/leases`].flatMap((url) => [
    ask(url, { method: 'POST', body: 'keyed', headers: keyed }),
    ask(url, { method: 'POST', headers: keyed }),
    ask(url, { method: 'POST', body: 'without' }),
  ]);
  await waitFor('all were read', () => failing.length === asked.length);
  keeper.view.see('starting', undefined);
  // As the application refuses when the outcome is unknown.
  for (const response of failing) if (!handOn(response)) response.writeHead(503).end();
  cluster.keep(other);
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  expect(statuses).toEqual([200, 200, 503, 200, 200, 503]);
  expect(told).toEqual(['POST keyed', 'POST keyed']);
});

test('a replica that stops lets its clients leave: waits are answered with what is, streams end behind a message', async () => {
  const started = await start();
  await using _closing = started.cluster;
  const { apps, replicas } = started;
  const [keeper, other] = replicas;
  using client = await EventClient.open(`${other.url}/events`, {});
  const waiting = ask(`${other.url}/v1/leases/x?wait=60s`);
  await waitFor('both are there', () => apps[0].polls.size === 1 && apps[0].streams.size === 1);
  const closed = other.front[Symbol.asyncDispose]();
  await waitFor('it is asked for what is', () =>
    [...apps[0].polls.values()].includes('/v1/leases/x?wait=0ms'),
  );
  await waitFor('the stream has ended', () => client.isEnded);
  apps[0].answerAll();
  expect((await waiting).text).toBe('r1');
  await closed;
  await expect(ask(other.url)).rejects.toThrow('ECONNREFUSED');
  expect(keeper.view.role()).toBe('keeping');
});

test('while it stops it still takes what was on its way, and tells clients to leave', async () => {
  const cluster = await FakeCluster.start([
    { app: (_request, response) => void response.end('r1') },
    { app: () => {}, lingerMs: 300 },
  ]);
  await using _closing = cluster;
  const [keeper, other] = cluster.replicas as [FakeReplica, FakeReplica];
  cluster.keep(keeper);
  const closed = other.front[Symbol.asyncDispose]();
  const seen = await ask(`${other.url}/x`);
  expect([seen.text, seen.headers.connection]).toEqual(['r1', 'close']);
  expect((await ask(`${other.url}/readyz`)).status).toBe(503);
  await closed;
});

test('health is answered here, whoever keeps, also before there is an application', async () => {
  const asked: string[] = [];
  const app =
    (name: string): RequestListener =>
    (request, response) => {
      asked.push(`${name} ${request.url}`);
      response.end();
    };
  const cluster = await FakeCluster.start([{ app: app('r1') }, { app: app('r2') }]);
  await using _closing = cluster;
  const [keeper, other] = cluster.replicas as [FakeReplica, FakeReplica];
  cluster.keep(keeper);
  const local = ['/healthz', '/readyz?x', '/metrics', '/v1/cluster'];
  for (const path of [...local, '/v1/pools']) await ask(`${other.url}${path}`);
  await ask(`${other.url}/v1/cluster/resume`, { method: 'POST' });
  expect(asked).toEqual([...local.map((path) => `r2 ${path}`), 'r1 /v1/pools', 'r2 /v1/cluster/resume']);
  const sent = get(other.url);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  expect(response.statusCode).toBe(200);
});
