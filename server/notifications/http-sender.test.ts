import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Webhook, WorldEvent } from '@poolkeeper/core';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { viewEvent } from '../http/views/event.ts';
import { systemClock, systemTimers } from '../system-clock.ts';
import { VirtualTime } from '../virtual-time.ts';
import { createHttpSender, secretName } from './http-sender.ts';
import { BODY_BYTES_MAX, messageOf } from './message.ts';
import { TEST_SEALING } from './testing/test-receiver.ts';

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

type Got = { readonly headers: IncomingHttpHeaders; readonly body: string };

/** A receiver that answers as a test says. */
let server: Server;
let url: string;
let answer: (response: ServerResponse) => void;
const got: Got[] = [];

beforeEach(async () => {
  got.length = 0;
  answer = (response) => response.writeHead(204).end();
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      got.push({ headers: request.headers, body });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function aWebhook(more: Partial<Webhook> = {}): Webhook {
  return {
    name: 'ops',
    kind: 'http',
    to: [url],
    types: ['*'],
    pools: null,
    isDisabled: false,
    sealedSecret: TEST_SEALING.seal(secretName('ops'), SECRET),
    sentThrough: 0,
    trouble: null,
    version: 1,
    createdAt: 0,
    ...more,
  };
}

function anEvent(more: Partial<WorldEvent> = {}): WorldEvent {
  return {
    seq: 7,
    at: Date.parse('2026-01-02T03:04:05.678Z'),
    type: 'lease.expiring',
    pool: 'boards',
    resource: 'res_1',
    lease: 'lse_1',
    holder: 'ann',
    data: { expiresAt: Date.parse('2026-01-02T03:14:05.678Z') },
    ...more,
  };
}

const parts = { sealing: TEST_SEALING, view: viewEvent, version: '1.2.3' };
const sender = createHttpSender({ ...parts, clock: systemClock, timers: systemTimers });
const { signal } = new AbortController();
const send = (event = anEvent(), webhook = aWebhook()) =>
  sender.send(webhook, messageOf({ kind: 'events', events: [event] }, 0), signal);

describe('a message', () => {
  test('is signed so that the library of the scheme believes it, and nothing that was changed', async () => {
    expect(await send()).toEqual({ isDelivered: true });
    const [{ headers, body }] = got as [Got];
    const verifier = new Verifier(SECRET);
    const told = verifier.verify(body, headers as Record<string, string>);
    expect(told).toEqual({
      type: 'lease.expiring',
      timestamp: '2026-01-02T03:04:05.678Z',
      data: {
        seq: 7,
        at: '2026-01-02T03:04:05.678Z',
        type: 'lease.expiring',
        pool: 'boards',
        resource: 'res_1',
        lease: 'lse_1',
        holder: 'ann',
        data: { expiresAt: '2026-01-02T03:14:05.678Z' },
      },
    });
    expect(() => verifier.verify(body.replace('ann', 'bob'), headers as Record<string, string>)).toThrow(
      'No matching signature found',
    );
    const other = new Verifier(`whsec_${Buffer.alloc(24, 8).toString('base64')}`);
    expect(() => other.verify(body, headers as Record<string, string>)).toThrow(
      'No matching signature found',
    );
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'poolkeeper/1.2.3' });
  });

  test('has the same id each time it is sent, and another for another event', async () => {
    await send();
    await send();
    await send(anEvent({ seq: 8 }));
    const ids = got.map(({ headers }) => headers['webhook-id']);
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(2);
  });

  test('that would be too long comes without the data of its event, and says so', async () => {
    await send(anEvent({ data: { reason: 'x'.repeat(BODY_BYTES_MAX) } }));
    const [{ body }] = got as [Got];
    expect(Buffer.byteLength(body)).toBeLessThan(1_000);
    expect(JSON.parse(body)).toMatchObject({ data: { seq: 7, data: {}, isShortened: true } });
  });

  test('about events that are lost, and a test, are told apart by their type', async () => {
    await sender.send(aWebhook(), messageOf({ kind: 'gap', from: 3, to: 9 }, 1_000), signal);
    await sender.send(aWebhook(), { id: 'msg_test', at: 0, content: { kind: 'test' } }, signal);
    expect(got.map(({ body }) => JSON.parse(body) as object)).toMatchObject([
      { type: 'webhook.gap', data: { gap: { from: 3, to: 9, count: 7 } } },
      { type: 'webhook.test', data: {} },
    ]);
  });
});

describe('what a receiver answers', () => {
  test.each([
    [500, 'It answered 500.', false],
    [404, 'It answered 404.', false],
    [410, 'nothing is to be sent there again', true],
  ])('%i: %s', async (status, error, isFinal) => {
    answer = (response) => response.writeHead(status).end();
    expect(await send()).toMatchObject({
      isDelivered: false,
      error: expect.stringContaining(error),
      isFinal,
    });
  });

  test('when to come back is heeded', async () => {
    answer = (response) => response.writeHead(503, { 'retry-after': '120' }).end();
    expect(await send()).toMatchObject({ isDelivered: false, retryAfterMs: 120_000 });
  });

  test('a redirection is not followed', async () => {
    answer = (response) => response.writeHead(307, { location: `${url}/elsewhere` }).end();
    expect(await send()).toMatchObject({
      isDelivered: false,
      error: expect.stringContaining('not followed'),
    });
    expect(got).toHaveLength(1);
  });

  test('a body without end is not waited for', async () => {
    answer = (response) => void response.writeHead(200).write('x'.repeat(100_000));
    expect(await send()).toEqual({ isDelivered: true });
  });

  test('nothing: it is given up after 15 s', async () => {
    answer = () => {};
    const time = new VirtualTime();
    const patient = createHttpSender({ ...parts, clock: systemClock, timers: time });
    const sent = patient.send(aWebhook(), messageOf({ kind: 'events', events: [anEvent()] }, 0), signal);
    await expect.poll(() => got.length).toBe(1);
    await time.advance(15_000);
    expect(await sent).toMatchObject({ isDelivered: false, error: 'It did not answer within 15 s.' });
  });

  test('nobody is there', async () => {
    server.close();
    server.closeAllConnections();
    expect(await send()).toMatchObject({
      isDelivered: false,
      error: 'Nobody answers there: nothing listens.',
    });
  });
});

test('a secret that does not open keeps a message from being sent, and is in no error (N9)', async () => {
  const moved = aWebhook({ sealedSecret: TEST_SEALING.seal('webhook/other', SECRET) });
  const broken = aWebhook({ sealedSecret: TEST_SEALING.seal(secretName('ops'), 'whsec_no base64!') });
  for (const webhook of [moved, broken, aWebhook({ sealedSecret: null })]) {
    const result = await send(anEvent(), webhook);
    expect(result).toMatchObject({ isDelivered: false, error: expect.stringContaining('Set a new secret') });
    expect(JSON.stringify(result)).not.toMatch(/whsec_|BwcH/);
  }
  expect(got).toEqual([]);
});
