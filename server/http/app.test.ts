import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EventClient } from '../testing/event-client.ts';
import { startHttp } from '../testing/http-harness.ts';
import type { HttpHarness } from '../testing/http-harness.ts';

/** Sends bytes as they are, and answers what comes back until the connection ends. */
function exchange(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (text += chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

describe('what HTTP alone can get wrong is a problem too', () => {
  let http: HttpHarness;
  let url: string;

  beforeAll(async () => {
    http = await startHttp({ bodyBytesMax: 2_000 });
    await http.pool('web', 1);
    url = await http.app.listen({ host: '127.0.0.1', port: 0 });
  });
  afterAll(() => http[Symbol.asyncDispose]());

  test('an unknown route is 404', async () => {
    for (const path of ['/nope', '/v1', '/v1/leasess', '/v1/pools/web/nope', '/v2/pools']) {
      expect(await http.get(path), path).toMatchObject({
        status: 404,
        body: { code: 'route_not_found', errors: [] },
      });
    }
  });

  test('a wrong method is 405 with the right ones', async () => {
    const answer = await http.call('PUT', '/v1/leases?x=1', { body: {} });
    expect(answer).toMatchObject({
      status: 405,
      body: { code: 'method_not_allowed' },
      headers: { allow: 'GET, HEAD, POST' },
    });
    expect((await http.call('POST', '/v1/pools/web', { body: {} })).headers['allow']).toBe(
      'GET, HEAD, PUT, PATCH, DELETE',
    );
  });

  test('another media type is 415', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'nonsense']) {
      const answer = await http.call('POST', '/v1/leases', {
        body: 'pool=web',
        headers: { 'content-type': type },
      });
      expect(answer, type).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
    }
    const patch = await http.call('PATCH', '/v1/pools/web', {
      body: '{"labels":{}}',
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(patch.status).toBe(200);
  });

  test('a body that is too large is 413, also when it does not say its length', async () => {
    const answer = await http.post('/v1/leases', { pool: 'web', note: 'x'.repeat(3_000) });
    expect(answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
    expect(answer.body.detail).toContain('2000 bytes');
    const head = `POST /v1/leases HTTP/1.1\r\nHost: x\r\nAuthorization: ${http.bearer('admin')['authorization']}\r\n`;
    const chunk = `c00\r\n{"note":"${'x'.repeat(3_072 - 9)}\r\n`;
    const chunked = await exchange(
      url,
      `${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`,
    );
    expect(chunked).toContain('HTTP/1.1 413 ');
    expect(chunked).toContain('"body_too_large"');
  });

  test('an address that is too long, or none', async () => {
    expect(await http.get(`/v1/leases/${'x'.repeat(200)}`)).toMatchObject({
      status: 414,
      body: { code: 'url_too_long' },
    });
    expect(await http.get('/v1/pools/%zz')).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
    const long = await exchange(
      url,
      `GET /v1/leases?cursor=${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    expect(long).toMatch(/^HTTP\/1\.1 431 .*application\/problem\+json.*"code":"url_too_long"/s);
    expect(await exchange(url, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*"code":"invalid_input"/s);
  });

  test('every answer has the id of its request, each another one', async () => {
    const answers = [
      await http.get('/healthz'),
      await http.get('/nope'),
      await http.get('/v1/pools', { as: null }),
      await http.get('/v1/pools'),
    ];
    const ids = answers.map(({ headers }) => headers['x-request-id']);
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^boot-[0-9a-z]+$/);
    expect(answers[1]?.body.instance).toBe(ids[1]);
  });

  test('an empty body is none, where a body may be left out', async () => {
    const { body: lease } = await http.post('/v1/leases', { pool: 'web' });
    const answer = await http.call('POST', `/v1/leases/${lease.id}/renew`, {
      body: '',
      headers: { 'content-type': 'application/json' },
    });
    expect([200, 409]).toContain(answer.status);
  });
});

test('a defect is 500: told by its id alone, and logged with its stack', async () => {
  const lines: [fields: object | string, message?: string][] = [];
  const note = (...line: [object | string, string?]) => void lines.push(line);
  const logger = { debug: () => {}, info: note, warn: note, error: note };
  await using http = await startHttp({
    logger,
    providersStatus: () => {
      throw new Error('the secret reason');
    },
  });
  const answer = await http.get('/metrics');
  expect(answer).toMatchObject({ status: 500, body: { code: 'internal', errors: [] } });
  expect(answer.text).not.toContain('secret reason');
  expect(answer.text).not.toContain('.ts');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject([
    { requestId: answer.body.instance, err: { message: 'the secret reason' }, route: '/metrics' },
    'a request failed',
  ]);
});

describe('stopping', () => {
  test('answers who waits with what is, ends streams, and refuses what comes', async () => {
    const http = await startHttp();
    await http.pool('web', 0);
    const url = await http.app.listen({ host: '127.0.0.1', port: 0 });
    using client = await EventClient.open(`${url}/v1/events`, http.bearer('admin'));
    const waiting = fetch(`${url}/v1/leases`, {
      method: 'POST',
      headers: { ...http.bearer('holder'), 'content-type': 'application/json' },
      body: JSON.stringify({ pool: 'web', wait: '5m' }),
    });
    const { id } = await http.until(async () => (await http.get('/v1/leases')).body.items[0]);
    await http.until(() => (http.time.pending === 2 ? true : undefined));
    const closed = http.app.close();
    const answer = await waiting;
    expect([answer.status, await answer.json()]).toMatchObject([201, { id, status: 'queued', position: 1 }]);
    await http.until(() => (client.isEnded ? true : undefined));
    await closed;
    expect(http.time.pending).toBe(0);
    // The lease is kept: it was acknowledged.
    expect(await http.keeper.read((world) => world.leases.get(id)?.status)).toBe('queued');
    await http.keeper[Symbol.asyncDispose]();
  });

  test('a request on an open connection is refused with Retry-After', async () => {
    const http = await startHttp();
    await http.pool('web', 0);
    const url = await http.app.listen({ host: '127.0.0.1', port: 0 });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const request = `GET /v1/pools HTTP/1.1\r\nHost: x\r\nAuthorization: ${http.bearer('admin')['authorization']}\r\n`;
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (text += chunk));
    // Half a request keeps the connection from being idle.
    socket.write(request);
    await http.until(async () => ((await connections(http)) === 1 ? true : undefined));
    const closed = http.app.close();
    socket.write('\r\n');
    await closed;
    await http.until(() => (text.includes('\r\n\r\n') ? true : undefined));
    expect(text).toMatch(/^HTTP\/1\.1 503 .*retry-after: 2.*"code":"stopping"/s);
    await http.keeper[Symbol.asyncDispose]();
  });
});

function connections(http: HttpHarness): Promise<number> {
  return new Promise((resolve, reject) => {
    http.app.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}
