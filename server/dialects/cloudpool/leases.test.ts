import { expect, test } from 'vitest';
import { ROOT, startCloudpool } from './testing/cloudpool-harness.ts';

test('a leased machine is not evictable for clients, who are refused and told of the lease', async () => {
  await using cloud = await startCloudpool();
  await cloud.started(1);
  cloud.cloud.run('m-1');
  await cloud.advance(31_000);
  const { id } = await cloud.keeper.ask({
    type: 'requestLease',
    holder: 'ann',
    items: [{ pool: ROOT, count: 1 }],
  });
  await cloud.finishDue();
  expect((await cloud.get('/pool')).body.machines).toMatchObject([
    { id: 'm-1', membershipStatus: { active: true, evictable: false } },
  ]);
  for (const verb of ['terminate', 'detach']) {
    const { status, body } = await cloud.whileWaiting(cloud.post(`/pool/${verb}`, { machineId: 'm-1' }));
    expect(status).toBe(502);
    expect(body.message).toBe(
      `failure to process POST /pool/${verb}: machine m-1 cannot be evicted: prevented by lease ${id}`,
    );
  }
  await cloud.whileWaiting(cloud.post('/pool', { desiredCapacity: 0 }));
  expect((await cloud.get('/pool/size')).body).toMatchObject({ desiredSize: 0, allocated: 1, active: 1 });
});
