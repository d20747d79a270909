import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../logger.ts';
import { startCloudpool } from './testing/cloudpool-harness.ts';
import type { CloudpoolHarness } from './testing/cloudpool-harness.ts';

const FORWARDED = {
  'X-Forwarded-For': '198.51.100.7',
  'X-Forwarded-Host': 'pools.example',
  'X-Forwarded-Proto': 'https',
};

const create = (cloud: CloudpoolHarness, name: string, headers: Record<string, string>) =>
  cloud.send({ method: 'POST', path: `/cloudpools/${name}`, headers });

describe('the address of an instance', () => {
  test.each([1, true, '127.0.0.1', ['127.0.0.0/8']])(
    'is the one that a proxy which is trusted was asked at: %j',
    async (trustProxy) => {
      await using cloud = await startCloudpool({ app: { trustProxy } });
      expect((await create(cloud, 'a', FORWARDED)).headers['location']).toBe(
        'https://pools.example/cloudpools/a',
      );
    },
  );

  test('is not what somebody says who is trusted by nobody', async () => {
    await using cloud = await startCloudpool();
    expect((await create(cloud, 'a', FORWARDED)).headers['location']).toBe(
      'http://cloud.example:8443/cloudpools/a',
    );
  });

  test.each(['[::1]:8080', 'cloud.example', '192.0.2.1:80'])('begins with the host %s', async (Host) => {
    await using cloud = await startCloudpool();
    expect((await create(cloud, 'a', { Host })).headers['location']).toBe(`http://${Host}/cloudpools/a`);
  });

  test.each(['a b', '<script>', 'somebody@cloud.example', 'cloud.example/elsewhere', '[::1', 'a:b'])(
    'cannot begin with what is no host: %s',
    async (Host) => {
      await using cloud = await startCloudpool();
      expect(await create(cloud, 'a', { Host })).toMatchObject({
        status: 400,
        body: { message: 'the Host header of the request names no host', detail: '' },
      });
      expect((await cloud.get('/cloudpools')).body).toEqual([]);
    },
  );

  test('begins with the address that was reached, where a client names no host', async () => {
    await using cloud = await startCloudpool();
    expect((await create(cloud, 'a', { Host: '' })).headers['location']).toBe(
      `http://127.0.0.1:${cloud.port}/cloudpools/a`,
    );
  });
});

test('the line that the log has of a request has no query, which may hold what is secret', async () => {
  const lines: string[] = [];
  const write = (fields: object | string): void => void lines.push(JSON.stringify(fields));
  await using cloud = await startCloudpool({ logger: { ...silentLogger, info: write, error: write } });
  await cloud.get('/status?token=open-sesame');
  await cloud.get('/nothing?token=open-sesame');
  expect(lines.join('\n')).toContain('"url":"http://cloud.example:8443/status"');
  expect(lines.join('\n')).not.toContain('open-sesame');
});
