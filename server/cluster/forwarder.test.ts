import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { waitFor } from '../testing/wait-for.ts';
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
