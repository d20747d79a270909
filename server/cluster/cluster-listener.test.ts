import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, request as sendSecure } from 'node:https';
import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { handOn } from '../http/hand-on.ts';
import type { Logger } from '../logger.ts';
import { waitFor } from '../testing/wait-for.ts';
import { clusterTlsOf } from './cluster-key.ts';
import { ask, FakeCluster } from './testing/fake-cluster.ts';
import type { FakeReplica } from './testing/fake-cluster.ts';

const SECRET = 'a secret of many letters';

class Lines {
  readonly warned: string[] = [];
  readonly logger: Logger = {
    debug: () => {},
    info: () => {},
    error: () => {},
    warn: (fields: unknown, message?: string) =>
      void this.warned.push(
        `${message} ${JSON.stringify(fields)} ${String((fields as { err?: Error }).err)}`,
      ),
  };
}

test('a replica with another secret is not let in, and both sides say so once, without the secret', async () => {
  const lines = [new Lines(), new Lines()] as const;
  const limits = { holdMs: 300 };
  const wrong = 'another secret of many letters';
  let answered = 0;
  const cluster = await FakeCluster.start([
    {
      app: (_request, response) => void response.end(String((answered += 1))),
      logger: lines[0].logger,
      secret: SECRET,
    },
    { app: () => {}, logger: lines[1].logger, secret: wrong, limits },
  ]);
  await using _closing = cluster;
  const [keeper, other] = cluster.replicas as [FakeReplica, FakeReplica];
  cluster.keep(keeper);
  const sent = { method: 'POST', body: 'never seen' };
  const seen = await Promise.all([ask(other.url, sent), ask(other.url, sent), ask(other.url, sent)]);
  for (const { status, body } of seen) expect([status, body.code]).toEqual([503, 'keeper_unreachable']);
  expect(answered).toBe(0);
  for (const { warned } of lines) {
    expect(warned.length).toBe(1);
    expect(warned[0]).toContain('POOLKEEPER_CLUSTER_SECRET');
    expect(warned[0]).not.toContain(SECRET);
    expect(warned[0]).not.toContain(wrong);
  }
  expect(lines[1].warned[0]).toContain('r1');
});

test('an answer that is handed on is out only after the application has let go of it', async () => {
  const held: ServerResponse[] = [];
  const cluster = await FakeCluster.start([
    { app: (_request, response) => void held.push(response) },
    { app: (_request, response) => void response.end('r2') },
  ]);
  await using _closing = cluster;
  const [keeper, other] = cluster.replicas as [FakeReplica, FakeReplica];
  cluster.keep(keeper);
  const asked = ask(other.url, { method: 'GET' });
  await waitFor('it arrives', () => held.length === 1);
  keeper.view.see('starting', undefined);
  const [response] = held as [ServerResponse];
  expect([handOn(response), response.writableEnded]).toEqual([true, false]);
  cluster.keep(other);
  expect((await asked).text).toBe('r2');
});

test('who speaks no TLS, or shows a certificate, gets nowhere', async () => {
  const lines = new Lines();
  const cluster = await FakeCluster.start([
    { app: (_request, response) => void response.end('in'), logger: lines.logger },
  ]);
  await using _closing = cluster;
  const [keeper] = cluster.replicas as [FakeReplica];
  cluster.keep(keeper);
  const port = Number(keeper.view.self.address.split(':')[1]);
  const plain = connect(port, '127.0.0.1');
  plain.on('error', () => {});
  plain.write('GET / HTTP/1.1\r\nhost: x\r\nx-poolkeeper-listener: main\r\n\r\n');
  let heard = '';
  plain.on('data', (chunk) => (heard += String(chunk)));
  await once(plain, 'close');
  expect(heard).not.toContain('HTTP/1.1');
  const sent = sendSecure({ port, host: '127.0.0.1', rejectUnauthorized: false });
  const [error] = (await once(sent, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toMatch(/EPROTO|ECONNRESET|SSL/);
  await waitFor('it is said', () => lines.warned.length === 1);
});

test('a replica that does not keep answers 421 with the term, and passes nothing on', async () => {
  const asked: string[] = [];
  const cluster = await FakeCluster.start([{ app: () => asked.push('r1') }, { app: () => asked.push('r2') }]);
  await using _closing = cluster;
  const [keeper, other] = cluster.replicas as [FakeReplica, FakeReplica];
  cluster.keep(keeper);
  const agent = new Agent({ ...clusterTlsOf(SECRET).client });
  const [host, port] = other.view.self.address.split(':') as [string, string];
  const sent = sendSecure({ host, port, agent, headers: { 'x-poolkeeper-listener': 'main' } });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  expect([response.statusCode, response.headers['x-poolkeeper-term']]).toEqual([421, '1']);
  expect(asked).toEqual([]);
  agent.destroy();
});

test('a forwarded request is answered by the listener that it came to', async () => {
  const app = (name: string) => (_request: unknown, response: ServerResponse) => void response.end(name);
  const cluster = await FakeCluster.start([
    { app: app('main'), others: { boskos: app('boskos') } },
    { app: app('main') },
  ]);
  await using _closing = cluster;
  const [keeper, other] = cluster.replicas as [FakeReplica, FakeReplica];
  cluster.keep(keeper);
  expect((await ask(other.url)).text).toBe('main');
  const boskos = other.frontOf('boskos');
  const url = await boskos.listen({ host: '127.0.0.1', port: 0 });
  expect((await ask(`${url}/readyz`)).text).toBe('boskos');
  const nothing = other.frontOf('cloudpool:none', { holdMs: 200 });
  const refused = await ask(await nothing.listen({ host: '127.0.0.1', port: 0 }));
  expect(refused.body.code).toBe('keeper_unreachable');
  await Promise.all([boskos, nothing].map((front) => front[Symbol.asyncDispose]()));
});
