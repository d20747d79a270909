import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCloudpool } from './testing/cloudpool-harness.ts';
import type { CloudpoolHarness } from './testing/cloudpool-harness.ts';
import { sendBytes } from '../testing/raw-http.ts';

let cloud: CloudpoolHarness;
beforeAll(async () => {
  cloud = await startCloudpool();
});
afterAll(() => cloud.stop());

const JSON_TYPE = { 'Content-Type': 'application/json' };

describe('a request body', () => {
  test('in chunks and without a length is read (trap 16)', async () => {
    const body = '{"desiredSize": "two"}';
    const seen = await cloud.send({
      method: 'POST',
      path: '/pool/size',
      headers: JSON_TYPE,
      body,
      isChunked: true,
    });
    expect(seen.status).toBe(400);
    expect(seen.body.message).toContain('desiredSize: has to be a whole number');
  });

  test.each(['application/json', 'application/json; charset=UTF-8', 'Application/JSON;charset=utf-8'])(
    'of the type %s is read',
    async (type) => {
      const seen = await cloud.send({
        method: 'POST',
        path: '/pool/size',
        headers: { 'Content-Type': type },
        body: '{"desiredSize": 1}',
      });
      expect(seen.status).toBe(500);
      expect(seen.body.message).toBe('attempt to invoke cloudpool before being started');
    },
  );

  test.each([65, 5_000, 100_000])('is refused for what it is when it is nested %i deep', async (depth) => {
    const seen = await cloud.send({
      method: 'POST',
      path: '/pool/size',
      headers: JSON_TYPE,
      body: `{"desiredSize": ${'['.repeat(depth)}${']'.repeat(depth)}}`,
    });
    expect(seen).toMatchObject({
      status: 400,
      body: { message: 'illegal input: the request body may be nested 64 deep', detail: '' },
    });
  });
});

describe('what the server below refuses', () => {
  test.each([
    ['a request of HTTP/1.1 without a host', 'GET /status HTTP/1.1\r\nConnection: close\r\n', 400],
    [
      'an expectation that is none',
      'GET /status HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: a-miracle\r\n',
      417,
    ],
    ['what is no request', 'hello\r\n', 400],
  ])('%s is told in the words of the protocol', async (_what, head, status) => {
    const seen = await sendBytes(cloud.port, Buffer.from(`${head}\r\n`));
    expect(seen).toMatchObject({ status, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(seen.text)).toEqual({ message: expect.any(String), detail: '' });
  });

  test('a request of HTTP/1.0 needs no host', async () => {
    const seen = await sendBytes(cloud.port, Buffer.from('GET /status HTTP/1.0\r\n\r\n'));
    expect(seen.status).toBe(200);
  });

  test('a request that names the whole address, as to a proxy, is answered', async () => {
    const seen = await cloud.get('http://cloud.example:8443/status?x=1');
    expect(seen).toMatchObject({ status: 200, body: { started: false } });
  });
});
