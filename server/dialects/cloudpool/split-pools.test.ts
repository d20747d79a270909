import { describe, expect, test } from 'vitest';
import { startCloudpool } from './testing/cloudpool-harness.ts';
import type { CloudpoolHarness } from './testing/cloudpool-harness.ts';

/** A pool at the root that divides five machines over near (3) and far (2). */
async function aSplit(): Promise<CloudpoolHarness> {
  const cloud = await startCloudpool({
    served: { api: 'current', pool: 'whole', hasInstances: true },
    settings: { resizeWaitMs: 1_000 },
  });
  const put = (name: string, spec: object) =>
    cloud.keeper.ask({ type: 'putPool', name, merge: false, spec: { provider: 'keeper', ...spec } });
  await put('near', { size: { desired: 0 } });
  await put('far', { size: { desired: 0 } });
  const split = [
    { pool: 'near', weight: 60 },
    { pool: 'far', weight: 40 },
  ];
  await put('whole', { size: { desired: 5 }, split });
  await cloud.finishDue();
  for (const id of cloud.cloud.machines.keys()) cloud.cloud.run(id);
  await cloud.advance(31_000);
  return cloud;
}

const ask = (cloud: CloudpoolHarness, path: string, body?: object) =>
  cloud.whileWaiting(cloud.post(path, body as never));
const listed = async (cloud: CloudpoolHarness, path = ''): Promise<string[]> =>
  (await cloud.get(`${path}/pool`)).body.machines.map(({ id }: { id: string }) => id);
/** Sizes of the whole and of its parts. */
async function sizes(cloud: CloudpoolHarness): Promise<number[]> {
  const seen = [];
  for (const path of ['', '/cloudpools/near', '/cloudpools/far'])
    seen.push((await cloud.get(`${path}/pool/size`)).body.desiredSize);
  return seen;
}

describe('a pool that divides its size over others', () => {
  test('shows the machines and the counts of all of them', async () => {
    await using cloud = await aSplit();
    expect(await sizes(cloud)).toEqual([5, 3, 2]);
    expect((await cloud.get('/pool/size')).body).toMatchObject({ desiredSize: 5, allocated: 5, active: 5 });
    const parts = [...(await listed(cloud, '/cloudpools/near')), ...(await listed(cloud, '/cloudpools/far'))];
    expect(parts).toHaveLength(5);
    expect(await listed(cloud)).toEqual(parts);
  });

  test('takes a size and divides it; those that it divides it over take none', async () => {
    await using cloud = await aSplit();
    expect((await ask(cloud, '/pool/size', { desiredSize: 10 })).status).toBe(200);
    expect(await sizes(cloud)).toEqual([10, 6, 4]);
    expect((await ask(cloud, '/pool', { desiredCapacity: 3 })).status).toBe(200);
    expect(await sizes(cloud)).toEqual([3, 2, 1]);
    expect(await ask(cloud, '/cloudpools/near/pool/size', { desiredSize: 1 })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('gets its size from pool "whole"') },
    });
  });

  test('marks the machine that is meant, and protects it', async () => {
    await using cloud = await aSplit();
    const [machineId = ''] = await listed(cloud, '/cloudpools/far');
    const membershipStatus = { active: true, evictable: false };
    expect((await ask(cloud, '/pool/membershipStatus', { machineId, membershipStatus })).status).toBe(200);
    expect((await ask(cloud, '/pool/serviceState', { machineId, serviceState: 'IN_SERVICE' })).status).toBe(
      200,
    );
    const { machines } = (await cloud.get('/cloudpools/far/pool')).body;
    expect(machines[0]).toMatchObject({ id: machineId, membershipStatus, serviceState: 'IN_SERVICE' });
    expect((await ask(cloud, '/pool/terminate', { machineId })).status).toBe(502);
    expect((await ask(cloud, '/pool/detach', { machineId })).status).toBe(502);
  });

  test.each(['terminate', 'detach'])(
    'lowers its size and that of the part when it is asked to %s a machine, and leaves the others alone',
    async (verb) => {
      await using cloud = await aSplit();
      const before = await listed(cloud);
      const [machineId = ''] = await listed(cloud, '/cloudpools/far');
      const body = { machineId, decrementDesiredSize: true };
      expect((await ask(cloud, `/pool/${verb}`, body)).status).toBe(200);
      expect((await ask(cloud, `/pool/${verb}`, body)).status).toBe(404);
      await cloud.finishDue();
      expect(await sizes(cloud)).toEqual([4, 3, 1]);
      expect(await listed(cloud)).toEqual(before.filter((id) => id !== machineId));
    },
  );

  test('takes a machine into one of them', async () => {
    await using cloud = await aSplit();
    const before = await listed(cloud);
    cloud.cloud.add({ id: 'lone-1' });
    expect((await ask(cloud, '/pool/attach', { machineId: 'lone-1' })).status).toBe(200);
    await cloud.finishDue();
    expect(await sizes(cloud)).toEqual([6, 4, 2]);
    expect((await listed(cloud)).toSorted()).toEqual([...before, 'lone-1'].toSorted());
    expect(await listed(cloud, '/cloudpools/near')).toContain('lone-1');
    expect((await ask(cloud, '/pool/attach', { machineId: 'lone-1' })).status).toBe(200);
    expect(await sizes(cloud)).toEqual([6, 4, 2]);
  });

  test.each(['terminate', 'detach', 'attach'])('says of a machine that none has: %s', async (verb) => {
    await using cloud = await aSplit();
    expect(await ask(cloud, `/pool/${verb}`, { machineId: 'nope' })).toMatchObject({
      status: 404,
      body: { message: expect.stringMatching(/^unrecognized machine: .*nope/) },
    });
    expect(await sizes(cloud)).toEqual([5, 3, 2]);
  });
});
