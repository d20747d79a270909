import type { JsonObject } from '@poolkeeper/core';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock, systemTimers } from '../../system-clock.ts';
import { StepRefused } from '../contract.ts';
import type { StepResult } from '../contract.ts';
import { aStepCall, toolsThatKeep } from '../test-step.ts';
import { createHttpStep } from './http-step.ts';
import { BODY_BYTES_MAX } from './send-request.ts';

let server: Server;
let url: string;
let requests: { method: string; path: string; headers: IncomingMessage['headers']; body: string }[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      requests.push({
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body,
      });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const json =
  (status: number, body: unknown) =>
  (_request: IncomingMessage, response: ServerResponse): void =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const executor = createHttpStep({ timers: systemTimers, clock: systemClock });

async function run(
  input: JsonObject,
  signal?: AbortSignal,
): Promise<StepResult & { text: string; log: string }> {
  const tools = toolsThatKeep(signal);
  const result = await executor.run(aStepCall('http', input), tools);
  return { ...result, text: tools.text('stdout'), log: tools.text('stderr') };
}

test('an answer of status 200 to 299 is a pass; its body is the output', async () => {
  answer = json(201, { id: 7 });
  expect(await run({ url })).toEqual({
    isPassed: true,
    exitCode: null,
    evidence: { tries: 1, status: 201 },
    error: null,
    text: '{"id":7}',
    log: `GET ${url}: status 201\n`,
  });
  answer = json(500, {});
  expect(await run({ url })).toMatchObject({
    isPassed: false,
    error: 'The status is 500 and not 200 to 299.',
  });
});

test('a request carries its key, its headers and its body', async () => {
  answer = json(200, {});
  await run({
    url: `${url}/jobs`,
    method: 'POST',
    headers: { Authorization: 'Bearer x' },
    json: { wipe: true },
  });
  await run({ url, method: 'PUT', body: 'text', headers: { 'idempotency-key': 'mine' } });
  expect(requests).toMatchObject([
    {
      method: 'POST',
      path: '/jobs',
      body: '{"wipe":true}',
      headers: { authorization: 'Bearer x', 'content-type': 'application/json', 'idempotency-key': 'job_1' },
    },
    { method: 'PUT', body: 'text', headers: { 'idempotency-key': 'mine' } },
  ]);
});

describe('what an answer has to be', () => {
  test.each([
    [{ status: 200 }, null],
    [{ status: [200, 204] }, null],
    [{ status: 204 }, 'The status is 200 and not 204.'],
    [{ contains: '"state"' }, null],
    [{ contains: 'broken' }, 'The body does not contain "broken".'],
    [{ json: { '/state': 'ready', '/disks/0/used': 0, '/a~1b': null } }, null],
    [{ json: { '/state': 'busy' } }, '/state is "ready" and not "busy".'],
    [{ json: { '/disks/1': 0 } }, 'There is nothing at /disks/1.'],
    [
      { json: { '': { state: 'ready' } } },
      ' is {"state":"ready","disks":[{"used":0}],"a/b":null} and not {"state":"ready"}.',
    ],
  ])('%j', async (expected, error) => {
    answer = json(200, { state: 'ready', disks: [{ used: 0 }], 'a/b': null });
    expect(await run({ url, expect: expected })).toMatchObject({ isPassed: error === null, error });
  });

  test('the evidence has the values that were looked at, and no header', async () => {
    answer = json(200, { state: 'ready', token: 'x' });
    const { evidence } = await run({
      url,
      headers: { Authorization: 'y' },
      expect: { json: { '/state': 'ready' } },
    });
    expect(evidence).toEqual({ tries: 1, status: 200, json: { '/state': 'ready' } });
  });

  test('a body that is no JSON has no values', async () => {
    answer = (_request, response) => void response.end('<html>');
    expect(await run({ url, expect: { json: { '/state': 1 } } })).toMatchObject({
      error: 'The body is no JSON.',
    });
  });
});

describe('a poll', () => {
  test('repeats the request until the answer is as wished', async () => {
    answer = (request, response) =>
      json(requests.length < 3 ? 503 : 200, { n: requests.length })(request, response);
    const result = await run({ url, poll: { every: '100ms', until: { status: 200 } } });
    expect(result).toMatchObject({ isPassed: true, evidence: { tries: 3, status: 200 }, text: '{"n":3}' });
    expect(result.log.split('\n')).toHaveLength(4);
    expect(new Set(requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  test('takes a server that is away for one that is not ready', async () => {
    answer = (request, response) =>
      requests.length < 2 ? void request.socket.destroy() : json(200, {})(request, response);
    expect(await run({ url, poll: { every: '100ms', until: {} } })).toMatchObject({ isPassed: true });
  });

  test('ends at its time, and says what was seen last', async () => {
    answer = json(200, { state: 'busy' });
    const { isPassed, error } = await run({
      url,
      poll: { every: '100ms', until: { json: { '/state': 'ready' } }, for: '250ms' },
    });
    expect(isPassed).toBe(false);
    expect(error).toMatch(/^It did not come about in \d+ tries[.] [/]state is "busy" and not "ready"[.]$/);
  });

  test('ends at once with an answer that no answer may be', async () => {
    answer = json(404, {});
    const { isPassed, error } = await run({
      url,
      expect: { status: 200 },
      poll: { every: '100ms', until: { json: { '/state': 'ready' } } },
    });
    expect({ isPassed, error }).toEqual({ isPassed: false, error: 'The status is 404 and not 200.' });
  });

  test('ends when its signal aborts', async () => {
    answer = json(503, {});
    const abort = new AbortController();
    const call = run({ url, poll: { every: '1h', until: {} } }, abort.signal).catch(
      (error: unknown) => error,
    );
    await expect.poll(() => requests.length).toBe(1);
    const reason = new Error('no time left');
    abort.abort(reason);
    expect(await call).toBe(reason);
  });
});

describe('a redirection', () => {
  test('is an answer like any other where it is not to be followed', async () => {
    answer = (_request, response) => void response.writeHead(302, { location: '/other' }).end();
    expect(await run({ url, expect: { status: 302 } })).toMatchObject({ isPassed: true });
    expect(requests).toHaveLength(1);
  });

  test('is followed at the same place, a POST as a GET', async () => {
    answer = (request, response) =>
      request.url === '/other'
        ? json(200, {})(request, response)
        : void response.writeHead(303, { location: '/other' }).end();
    const result = await run({
      url,
      method: 'POST',
      json: 1,
      followRedirects: true,
      headers: { 'x-key': 'k' },
    });
    expect(result.isPassed).toBe(true);
    expect(requests[1]).toMatchObject({ method: 'GET', path: '/other', body: '', headers: { 'x-key': 'k' } });
  });

  test('to another place is refused, and nothing is sent there', async () => {
    const elsewhere = url.replace('127.0.0.1', 'localhost');
    answer = (_request, response) => void response.writeHead(302, { location: `${elsewhere}/` }).end();
    const call = run({ url, followRedirects: true, headers: { 'x-key': 'k' } });
    await expect(call).rejects.toThrow(StepRefused);
    expect(requests).toHaveLength(1);
  });

  test('that goes round is left after a few', async () => {
    answer = (_request, response) => void response.writeHead(302, { location: '/' }).end();
    expect(await run({ url, followRedirects: true })).toMatchObject({ isPassed: false });
    expect(requests).toHaveLength(6);
  });
});

test('of an answer without end a megabyte is read', async () => {
  answer = (_request, response) => {
    const chunk = Buffer.alloc(65_536, 'x');
    const write = (): void => {
      while (!response.destroyed && response.write(chunk));
      response.once('drain', write);
    };
    write();
  };
  const { isPassed, text, error } = await run({ url, expect: { contains: 'y' } });
  expect(isPassed).toBe(false);
  expect(text).toHaveLength(BODY_BYTES_MAX);
  expect(error).toContain('only the first 1048576 bytes were looked at');
});

test('a server that is not there is told, and may be tried again', async () => {
  await new Promise((resolve) => server.close(resolve));
  const result = await run({ url });
  expect(result).toMatchObject({ isPassed: false, evidence: { tries: 1 } });
  expect(result.error).toContain('No answer came: ');
  expect(result.error).toContain('ECONNREFUSED');
});

test.each([
  [{ url: 'ftp://x/' }, 'with/url: a URL that begins with http'],
  [{ url: 'http://ann:word@x/' }, 'with/url: a URL that begins with http'],
  [{ url: 'http://x/', body: 'a' }, 'with/method: a GET request has no body'],
  [{ url: 'http://x/', method: 'POST', body: 'a', json: 1 }, 'with/json: either body or json'],
])('%j can never do', (input, said) => {
  expect(executor.check(input)).toContain(said);
});
