import { expect, test } from 'vitest';
import { startCloudpool } from './testing/cloudpool-harness.ts';
import type { CloudpoolHarness } from './testing/cloudpool-harness.ts';

/** Asks, and stops the server while the answer is waited for. */
async function askAndStop(cloud: CloudpoolHarness, path: string, body: object) {
  const before = cloud.keeper.lastEvent();
  const answer = cloud.post(path, body as never);
  await expect.poll(() => cloud.keeper.lastEvent()).not.toBe(before);
  cloud.pools[Symbol.dispose]();
  return answer;
}

test('who waits for a resize when the server stops is told so, and not that its time is up', async () => {
  await using cloud = await startCloudpool();
  await cloud.started();
  const { status, body } = await askAndStop(cloud, '/pool', { desiredCapacity: 2 });
  expect(status).toBe(500);
  expect(body.message).toBe(
    'failure to process pool resize request: the size is set, and the server stops before it took effect; the pool goes on towards it ' +
      'when the server runs again',
  );
});

test('the same holds for a pool that was made natively', async () => {
  await using cloud = await startCloudpool({ served: { api: 'current', pool: 'lab', hasInstances: false } });
  await cloud.nativePool({ name: 'lab', size: 0 });
  cloud.cloud.setDown(true);
  const { body } = await askAndStop(cloud, '/pool', { desiredCapacity: 2 });
  expect(body.message).toContain('the server stops before it took effect');
});
