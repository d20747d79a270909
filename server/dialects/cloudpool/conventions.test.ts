import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCloudpool } from './testing/cloudpool-harness.ts';
import type { CloudpoolHarness } from './testing/cloudpool-harness.ts';

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
});
