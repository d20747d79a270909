import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EventClient } from '../testing/event-client.ts';
import { startHttp } from '../testing/http-harness.ts';
import type { HttpHarness } from '../testing/http-harness.ts';
import { offerHandOn, wantBody } from './hand-on.ts';

let http: HttpHarness;
let server: Server;
let url: string;
let isTaken: boolean;
/** How far each stream was that was handed on; undefined for an answer without a head. */
let taken: (number | undefined)[];
/** What is known of the body of the last request. */
let bodyOf: () => string;

/** The application behind a server of somebody else, who answers what it hands on. */
beforeEach(async () => {
  http = await startHttp();
  taken = [];
  isTaken = true;
  server = createServer((request, response) => {
    bodyOf = wantBody(request);
    offerHandOn(response, (lastEventId) => {
      if (!isTaken) return false;
      taken.push(lastEventId);
      response.end('elsewhere');
      return true;
    });
    http.app.routing(request, response);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await http[Symbol.asyncDispose]();
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
});

/** Asks with a wait, and resolves when it waits; `text` is the answer. */
async function askWaiting(): Promise<{ text: Promise<string> }> {
  await http.pool('web', 0);
  const { body: lease } = await http.post('/v1/leases', { pool: 'web' });
  const { pending } = http.time;
  const asked = fetch(`${url}/v1/leases/${lease.id}?wait=60s`, { headers: http.bearer('admin') });
  await untilTurns(() => http.time.pending > pending);
  return { text: asked.then((answer) => answer.text()) };
}

/** Sockets need turns of the event loop that nothing here counts. */
async function untilTurns(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 50_000 && !isSo(); turn += 1)
    await new Promise((resolve) => setImmediate(resolve));
  expect(isSo()).toBe(true);
}

test('a wait is handed on when the application closes', async () => {
  const { text } = await askWaiting();
  await http.app.close();
  expect(await text).toBe('elsewhere');
  expect(taken).toEqual([undefined]);
});

test('a wait that nobody takes is answered with what is', async () => {
  isTaken = false;
  const { text } = await askWaiting();
  await http.app.close();
  expect(JSON.parse(await text)).toMatchObject({ status: 'queued' });
});

test('an event stream is handed on with its place, its head being out', async () => {
  await http.pool('web', 1);
  using client = await EventClient.open(`${url}/v1/events?after=0`, http.bearer('admin'));
  const last = await http.lastEvent();
  await untilTurns(() => client.messages.at(-1)?.id === String(last));
  await http.app.close();
  expect(taken).toEqual([last]);
  await untilTurns(() => client.isEnded);
});

test('an event stream of a token that is revoked ends here', async () => {
  const id = await http.token('spare', 'viewer');
  using client = await EventClient.open(`${url}/v1/events`, http.bearer('spare'));
  await http.keeper.ask({ type: 'revokeToken', token: id });
  await untilTurns(() => client.isEnded);
  expect(taken).toEqual([]);
});

test('a request that comes too late is handed on instead of refused', async () => {
  await http.app.close();
  const answer = await fetch(`${url}/v1/pools`, { headers: http.bearer('admin') });
  expect(await answer.text()).toBe('elsewhere');
  isTaken = false;
  expect((await fetch(`${url}/v1/pools`, { headers: http.bearer('admin') })).status).toBe(503);
});

test('a body that was read is there for whoever takes the answer over', async () => {
  await http.pool('web', 1);
  const ask = (): Promise<Response> =>
    fetch(`${url}/v1/leases`, {
      method: 'POST',
      headers: { ...http.bearer('admin'), 'content-type': 'application/json', 'idempotency-key': 'k' },
      body: '{ "pool": "web" }',
    });
  await http.keeper[Symbol.asyncDispose]();
  expect(await (await ask()).text()).toBe('elsewhere');
  expect(bodyOf()).toBe('{ "pool": "web" }');
});
