import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemTimers } from '../system-clock.ts';
import { startHttp } from '../testing/http-harness.ts';
import type { HttpHarness } from '../testing/http-harness.ts';
import { ConnectionDrain, DRAIN_MS_MAX, DRAIN_SWEEP_MS } from './connection-drain.ts';

let http: HttpHarness;
let url: string;

beforeEach(async () => {
  http = await startHttp();
  url = await http.app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(() => http[Symbol.asyncDispose]());

/** Closes the server and lets time pass, sweep by sweep. Answers after how much of it the server was closed. */
async function closedAfterMs(during: () => void = () => {}): Promise<number> {
  let isClosed = false;
  const pending = http.time.pending;
  const closed = http.app.close().then(() => {
    isClosed = true;
  });
  await http.until(() => (http.time.pending > pending ? true : undefined));
  during();
  for (let elapsedMs = 0; elapsedMs <= 2 * DRAIN_MS_MAX; elapsedMs += DRAIN_SWEEP_MS) {
    // What was closed by the last sweep is noticed by the event loop.
    for (let turn = 0; turn < 20 && !isClosed; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    if (isClosed) return elapsedMs;
    await http.time.advance(DRAIN_SWEEP_MS);
  }
  await closed;
  return Infinity;
}

/** A connection on which nothing was sent yet, at both of its ends. */
async function openConnection(): Promise<{ client: Socket; server: Socket }> {
  const taken = once(http.app.server, 'connection') as Promise<[Socket]>;
  const client = connect(Number(new URL(url).port), '127.0.0.1');
  const [server] = await taken;
  return { client, server };
}

test('a request under way is answered, and its connection does not keep the server from ending', async () => {
  await http.pool('web', 1);
  http.store.hold();
  const agent = new Agent({ keepAlive: true });
  const headers = { ...http.bearer('holder'), 'content-type': 'application/json' };
  const started = http.store.commitStarted();
  const sent = request(`${url}/v1/leases`, { method: 'POST', agent, headers });
  const answered = once(sent, 'response') as Promise<[{ statusCode: number; resume(): void }]>;
  sent.end(JSON.stringify({ pool: 'web' }));
  await started;
  // It is answered when Node has closed what was idle already.
  const tookMs = closedAfterMs(() => http.store.release());
  const [response] = await answered;
  response.resume();
  expect(response.statusCode).toBe(201);
  expect(await tookMs).toBeLessThanOrEqual(10 * DRAIN_SWEEP_MS);
  agent.destroy();
});

test('a connection on which nothing was sent yet does not keep the server from ending', async () => {
  await openConnection();
  expect(await closedAfterMs()).toBeLessThanOrEqual(10 * DRAIN_SWEEP_MS);
});

test('a request that does not come to its end is cut off when its time is over', async () => {
  const { client, server } = await openConnection();
  client.write('GET /v1/pools HTTP/1.1\r\nHost: x\r\n');
  await http.until(() => (server.bytesRead > 0 ? true : undefined));
  const tookMs = await closedAfterMs();
  expect(tookMs).toBeGreaterThan(DRAIN_MS_MAX / 2);
  expect(tookMs).toBeLessThanOrEqual(DRAIN_MS_MAX + 10 * DRAIN_SWEEP_MS);
});

/** Keeps the event loop from everything for longer than the next timer, as a busy machine does. */
function keepBusy(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}

describe('a server whose machine is busy', () => {
  let server: Server;
  let drain: ConnectionDrain;
  let client: Socket;
  beforeEach(async () => {
    server = createServer((_request, response) => response.end('here')).listen(0, '127.0.0.1');
    drain = new ConnectionDrain(server, systemTimers);
    await once(server, 'listening');
    const taken = once(server, 'connection');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await taken;
  });
  afterEach(() => {
    client.destroy();
    server.closeAllConnections();
  });

  const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
  /** All that the client is sent until the connection ends. Errors: that it is reset. */
  async function read(): Promise<string> {
    let text = '';
    for await (const bytes of client) text += String(bytes);
    return text;
  }

  test('answers what came on an idle connection before it was its turn to close', async () => {
    client.write(REQUEST);
    await once(client, 'data');
    const answered = read();
    client.write(REQUEST);
    setTimeout(() => void drain.begin().then(() => server.close()), 1);
    keepBusy(20);
    expect(await answered).toContain('here');
  });

  test('answers what came on a connection without requests before it was its turn to be looked at', async () => {
    await drain.begin();
    server.close();
    const answered = read();
    await new Promise((resolve) => setImmediate(resolve));
    client.write(REQUEST);
    keepBusy(2 * DRAIN_SWEEP_MS);
    expect(await answered).toContain('here');
  });
});
