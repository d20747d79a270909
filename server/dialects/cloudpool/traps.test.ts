import { describe, expect, test } from 'vitest';
import { DIALECT_DEFAULTS } from './parts.ts';
import { aConfiguration, ROOT, startCloudpool } from './testing/cloudpool-harness.ts';
import type { CloudpoolHarness } from './testing/cloudpool-harness.ts';

/**
 * The eighteen things that have bitten who answered this API, each under its number.
 *
 * They are held here one by one, so that none is lost; the goldens hold the answers to the byte.
 */
const JSON_TYPE = { 'Content-Type': 'application/json' };

async function aPool(size: number): Promise<CloudpoolHarness> {
  const cloud = await startCloudpool();
  await cloud.started(size);
  return cloud;
}

const sizeOf = async (cloud: CloudpoolHarness): Promise<number> =>
  (await cloud.get('/pool/size')).body.desiredSize;
const ask = (cloud: CloudpoolHarness, path: string, body?: Record<string, never> | object) =>
  cloud.whileWaiting(cloud.post(path, body as never));

describe('the eighteen traps', () => {
  test('trap 1: every POST that works is 200 with nothing in it, and a new instance 201', async () => {
    await using cloud = await startCloudpool();
    const posts: [string, object?][] = [
      ['/config', aConfiguration()],
      ['/start'],
      ['/pool/size', { desiredSize: 1 }],
      ['/stop'],
    ];
    for (const [path, body] of posts) {
      const { status, text, headers } = await ask(cloud, path, body);
      expect([path, status, text, headers['content-length'], headers['content-type']]).toEqual([
        path,
        200,
        '',
        '0',
        undefined,
      ]);
    }
    expect(await ask(cloud, '/cloudpools/other')).toMatchObject({ status: 201, text: '' });
  });

  test('trap 2: a size is answered at once, the resize of version 1 when it has taken effect', async () => {
    await using cloud = await aPool(0);
    // No time passes and nothing that is due is done, so no machine can be there yet.
    expect((await cloud.post('/pool/size', { desiredSize: 2 })).status).toBe(200);
    expect(cloud.cloud.machines.size).toBe(0);
    expect((await ask(cloud, '/pool', { desiredCapacity: 3 })).status).toBe(200);
    expect(cloud.cloud.machines.size).toBe(3);
  });

  test('trap 3: what is not started answers 500 on its own and 400 as an instance, configured or not', async () => {
    await using cloud = await startCloudpool();
    await cloud.pools.ensure(ROOT);
    for (const isConfigured of [false, true]) {
      if (isConfigured) await cloud.pools.configure(ROOT, aConfiguration());
      for (const path of ['/pool', '/pool/size']) {
        expect((await cloud.get(path)).status).toBe(500);
        expect((await cloud.get(`/cloudpools/${ROOT}${path}`)).status).toBe(400);
      }
    }
  });

  test('trap 4: to terminate or detach what is not evictable is 502', async () => {
    await using cloud = await aPool(1);
    const membershipStatus = { active: true, evictable: false };
    await ask(cloud, '/pool/membershipStatus', { machineId: 'm-1', membershipStatus });
    for (const path of ['/pool/terminate', '/pool/detach'])
      expect((await ask(cloud, path, { machineId: 'm-1' })).status).toBe(502);
  });

  test('trap 5: an unknown machine is 404, and one that has ended too, but for its marks', async () => {
    await using cloud = await aPool(1);
    for (const path of ['/pool/terminate', '/pool/detach', '/pool/attach'])
      expect((await ask(cloud, path, { machineId: 'm-9' })).status).toBe(404);
    cloud.cloud.holdEnds = true;
    expect((await ask(cloud, '/pool/terminate', { machineId: 'm-1' })).status).toBe(200);
    for (const path of ['/pool/terminate', '/pool/detach'])
      expect((await ask(cloud, path, { machineId: 'm-1' })).status).toBe(404);
    const marks = { machineId: 'm-1', serviceState: 'OUT_OF_SERVICE' };
    expect((await ask(cloud, '/pool/serviceState', marks)).status).toBe(200);
    expect((await cloud.get('/pool')).body.machines).toMatchObject([
      { id: 'm-1', machineState: 'TERMINATING', serviceState: 'OUT_OF_SERVICE' },
    ]);
  });

  test('trap 6: an error is a message and a detail, which is a text', async () => {
    await using cloud = await startCloudpool();
    for (const path of ['/nothing', '/config', '/pool', '/cloudpools/none/status']) {
      expect((await cloud.get(path)).body).toEqual({
        message: expect.any(String),
        detail: expect.any(String),
      });
    }
  });

  test('trap 7: a configuration comes back without defaults and without members that are unknown', async () => {
    await using cloud = await startCloudpool();
    await ask(cloud, '/config', { ...aConfiguration(), unknown: 1 });
    expect((await cloud.get('/config')).body).toEqual(aConfiguration());
  });

  test('trap 8: the size is kept over stop and start, a new configuration and a restart, where the original lost it', async () => {
    const cloud = await aPool(2);
    await ask(cloud, '/pool/terminate', { machineId: 'm-1' });
    expect((await cloud.get('/pool/size')).body).toMatchObject({ desiredSize: 2, active: 1 });
    await ask(cloud, '/stop');
    await ask(cloud, '/start');
    expect(await sizeOf(cloud)).toBe(2);
    await ask(cloud, '/config', aConfiguration({ scaleInConfig: { victimSelectionPolicy: 'OLDEST' } }));
    expect(await sizeOf(cloud)).toBe(2);
    await cloud.stop();
    await using again = await startCloudpool({ disk: cloud.disk, time: cloud.time, cloud: cloud.cloud });
    expect((await again.get('/status')).body).toEqual({ started: true, configured: true });
    expect(await sizeOf(again)).toBe(2);
  });

  test('trap 9: the service state is a label and nothing else; membership counts', async () => {
    await using cloud = await aPool(1);
    await ask(cloud, '/pool/serviceState', { machineId: 'm-1', serviceState: 'UNHEALTHY' });
    expect((await cloud.get('/pool/size')).body).toMatchObject({ desiredSize: 1, allocated: 1, active: 1 });
    await cloud.advance(120_000);
    expect(cloud.cloud.machines.size).toBe(1);
    const membershipStatus = { active: false, evictable: false };
    await ask(cloud, '/pool/membershipStatus', { machineId: 'm-1', membershipStatus });
    expect((await cloud.get('/pool/size')).body).toMatchObject({ desiredSize: 1, allocated: 1, active: 0 });
    await cloud.advance(120_000);
    expect((await cloud.get('/pool/size')).body).toMatchObject({ desiredSize: 1, allocated: 2, active: 1 });
  });

  test('trap 10: evictable means that it may be taken away', async () => {
    await using cloud = await aPool(3);
    for (const [machineId, evictable] of [
      ['m-1', true],
      ['m-2', false],
      ['m-3', false],
    ] as const)
      await ask(cloud, '/pool/membershipStatus', {
        machineId,
        membershipStatus: { active: true, evictable },
      });
    await ask(cloud, '/pool', { desiredCapacity: 0 });
    const { machines } = (await cloud.get('/pool')).body;
    expect(machines.map(({ id, machineState }: Record<string, string>) => [id, machineState])).toEqual([
      ['m-1', 'TERMINATED'],
      ['m-2', 'PENDING'],
      ['m-3', 'PENDING'],
    ]);
  });

  test('trap 11: what is terminated without a decrement is replaced at the next periodic update, not at once', async () => {
    await using cloud = await aPool(2);
    await ask(cloud, '/pool/terminate', { machineId: 'm-1' });
    await cloud.advance(50_000);
    expect((await cloud.get('/pool/size')).body).toMatchObject({ desiredSize: 2, allocated: 1 });
    await cloud.advance(15_000);
    expect((await cloud.get('/pool/size')).body).toMatchObject({ desiredSize: 2, allocated: 2 });
  });

  test('trap 12: the time of a size is that of the list, not now', async () => {
    await using cloud = await aPool(0);
    const fetched = (await cloud.get('/pool')).body.timestamp;
    await cloud.advance(10_000);
    expect((await cloud.get('/pool/size')).body.timestamp).toBe(fetched);
    await cloud.advance(25_000);
    expect((await cloud.get('/pool/size')).body.timestamp).not.toBe(fetched);
  });

  test('trap 13: machine operations of an instance are at both places', async () => {
    await using cloud = await aPool(2);
    expect((await ask(cloud, `/cloudpools/${ROOT}/terminate`, { machineId: 'm-1' })).status).toBe(200);
    expect((await ask(cloud, `/cloudpools/${ROOT}/pool/terminate`, { machineId: 'm-2' })).status).toBe(200);
  });

  test('trap 14: instances are under /cloudpools, in the plural', async () => {
    await using cloud = await startCloudpool();
    await cloud.pools.ensure(ROOT);
    expect((await cloud.get(`/cloudpools/${ROOT}/status`)).status).toBe(200);
    expect((await cloud.get(`/cloudpool/${ROOT}/status`)).status).toBe(404);
  });

  test('trap 15: a size that is missing or none empties no pool', async () => {
    await using cloud = await aPool(2);
    for (const body of [{}, { desiredSize: null }, { desiredSize: '0' }, { desiredSize: 0.5 }])
      expect((await ask(cloud, '/pool/size', body)).status).toBe(400);
    expect(await sizeOf(cloud)).toBe(2);
  });

  test('trap 16: a body in chunks, without a length, is read', async () => {
    await using cloud = await aPool(0);
    const request = { method: 'POST', path: '/pool/size', headers: JSON_TYPE, isChunked: true };
    const seen = await cloud.send({
      ...request,
      body: '{"desiredSize": 4, "padding": "more than one chunk"}',
    });
    expect(seen.status).toBe(200);
    expect(await sizeOf(cloud)).toBe(4);
  });

  test('trap 17: a charset in the type passes, and start and stop need neither body nor type', async () => {
    await using cloud = await aPool(0);
    const headers = { 'Content-Type': 'application/json; charset=UTF-8' };
    const body = '{"desiredSize": 1}';
    expect((await cloud.send({ method: 'POST', path: '/pool/size', headers, body })).status).toBe(200);
    for (const path of ['/stop', '/start'])
      expect((await cloud.whileWaiting(cloud.send({ method: 'POST', path }))).status).toBe(200);
  });

  test('trap 18: the API is at the root of a port of its own, for clients that cannot be given a path', async () => {
    expect(DIALECT_DEFAULTS.externalUrl).toBeNull();
    await using cloud = await startCloudpool({ served: { api: 'current', pool: ROOT, hasInstances: false } });
    expect(cloud.port).toBeGreaterThan(0);
    expect((await cloud.get('/status')).status).toBe(200);
    // What joins its path twice gets an error document, and not the pool.
    expect((await cloud.get('/x/x/pool')).body).toEqual({ message: expect.any(String), detail: '' });
  });
});
