import { describe, expect, test } from 'vitest';
import type { Logger } from '../../logger.ts';
import { silentLogger } from '../../logger.ts';
import { aConfiguration, ROOT, startCloudpool } from './testing/cloudpool-harness.ts';
import type { CloudpoolHarness } from './testing/cloudpool-harness.ts';

/** Where this server is better than the original on purpose; the numbers are those of docs/cloudpool.md. */
async function aPool(size: number): Promise<CloudpoolHarness> {
  const cloud = await startCloudpool();
  await cloud.started(size);
  return cloud;
}

const ask = (cloud: CloudpoolHarness, path: string, body?: object) =>
  cloud.whileWaiting(cloud.post(path, body as never));
const sizeOf = async (cloud: CloudpoolHarness): Promise<number> =>
  (await cloud.get('/pool/size')).body.desiredSize;

describe('deviations of what is asked', () => {
  test('V1: a size that is missing, a text, a fraction or too large is refused', async () => {
    await using cloud = await aPool(1);
    for (const body of [{}, { desiredSize: '2' }, { desiredSize: 3.9 }, { desiredSize: 5e9 }])
      expect((await ask(cloud, '/pool/size', body)).status).toBe(400);
    expect(await sizeOf(cloud)).toBe(1);
  });

  test('V2: a missing machine id is 400', async () => {
    await using cloud = await aPool(0);
    for (const verb of ['terminate', 'detach', 'attach', 'serviceState', 'membershipStatus'])
      expect((await ask(cloud, `/pool/${verb}`, {})).status).toBe(400);
  });

  test('V3: a service state that is none, and a missing membership, are 400', async () => {
    await using cloud = await aPool(1);
    const machineId = 'm-1';
    expect((await ask(cloud, '/pool/serviceState', { machineId, serviceState: 'booting' })).status).toBe(400);
    expect((await ask(cloud, '/pool/membershipStatus', { machineId })).status).toBe(400);
  });

  test('V4: a second terminate is 404 and lowers nothing', async () => {
    await using cloud = await aPool(3);
    const body = { machineId: 'm-1', decrementDesiredSize: true };
    expect((await ask(cloud, '/pool/terminate', body)).status).toBe(200);
    expect((await ask(cloud, '/pool/terminate', body)).status).toBe(404);
    expect(await sizeOf(cloud)).toBe(2);
  });

  test('V5: to attach a member raises nothing', async () => {
    await using cloud = await aPool(1);
    expect((await ask(cloud, '/pool/attach', { machineId: 'm-1' })).status).toBe(200);
    expect(await sizeOf(cloud)).toBe(1);
  });

  test('V15: a missing body, and the word null, are 400', async () => {
    await using cloud = await aPool(0);
    expect((await ask(cloud, '/pool/size')).status).toBe(400);
    const request = { method: 'POST', path: '/pool/size', headers: { 'Content-Type': 'application/json' } };
    expect((await cloud.send({ ...request, body: 'null' })).status).toBe(400);
  });

  test('V18: a type on a GET is of no matter', async () => {
    await using cloud = await startCloudpool();
    expect((await cloud.get('/status', { 'Content-Type': 'text/xml' })).status).toBe(200);
  });
});

describe('deviations of configurations', () => {
  test('V6: the size is kept over a stop and a start', async () => {
    await using cloud = await aPool(2);
    await ask(cloud, '/pool/membershipStatus', {
      machineId: 'm-1',
      membershipStatus: { active: false, evictable: false },
    });
    await ask(cloud, '/stop');
    await ask(cloud, '/start');
    expect(await sizeOf(cloud)).toBe(2);
  });

  test('V7: a configuration that the driver or its cloud refuses changes nothing, and what runs goes on', async () => {
    await using cloud = await aPool(1);
    const refused = aConfiguration({ cloudApiSettings: {} });
    expect((await ask(cloud, '/config', refused)).status).toBe(400);
    cloud.cloud.setDown(true);
    expect((await ask(cloud, '/config', aConfiguration({ name: 'other' }))).status).toBe(502);
    cloud.cloud.setDown(false);
    expect((await cloud.get('/status')).body).toEqual({ started: true, configured: true });
    expect((await cloud.get('/config')).body).toEqual(aConfiguration());
  });

  test('V8 and V21: intervals of nothing are refused at once', async () => {
    await using cloud = await aPool(0);
    const nothing = { time: 0, unit: 'seconds' };
    for (const more of [
      { poolUpdate: { updateInterval: nothing } },
      { alerts: { duplicateSuppression: nothing } },
    ])
      expect((await ask(cloud, '/config', aConfiguration(more))).status).toBe(400);
    expect((await cloud.get('/config')).body).toEqual(aConfiguration());
  });

  test('V17: a restart keeps what was stopped stopped', async () => {
    const cloud = await aPool(1);
    await ask(cloud, '/stop');
    await cloud.stop();
    await using again = await startCloudpool({ disk: cloud.disk, time: cloud.time, cloud: cloud.cloud });
    expect((await again.get('/status')).body).toEqual({ started: false, configured: true });
  });

  test('V20: a user of a mail server may be called userName too', async () => {
    await using cloud = await startCloudpool();
    const authentication = { userName: 'ops', password: 'open sesame' };
    const smtp = {
      subject: 's',
      recipients: ['a@example.com'],
      sender: 'b@example.com',
      smtpClientConfig: { smtpHost: 'mail.example', authentication },
    };
    expect((await ask(cloud, '/config', aConfiguration({ alerts: { smtp: [smtp] } }))).status).toBe(200);
  });
});

describe('deviations of instances', () => {
  test('V9 and V22: /pool/terminate of an instance and POST /pool are served', async () => {
    await using cloud = await aPool(1);
    expect((await ask(cloud, `/cloudpools/${ROOT}/pool/terminate`, { machineId: 'm-1' })).status).toBe(200);
    expect((await ask(cloud, '/pool', { desiredCapacity: 1 })).status).toBe(200);
  });

  test('V10: a directory is no name', async () => {
    await using cloud = await startCloudpool();
    for (const name of ['.', '..', '%2e', '%2E%2e', '..%2f'])
      expect((await ask(cloud, `/cloudpools/${name}`)).status).toBe(400);
  });

  test('V11: what is deleted is stopped first, and does not come back to life with its name', async () => {
    await using cloud = await aPool(2);
    expect(
      (await cloud.whileWaiting(cloud.send({ method: 'DELETE', path: `/cloudpools/${ROOT}` }))).status,
    ).toBe(200);
    await ask(cloud, `/cloudpools/${ROOT}`);
    cloud.cloud.machines.delete('m-1');
    await cloud.advance(180_000);
    expect((await cloud.get(`/cloudpools/${ROOT}/status`)).body).toEqual({
      started: false,
      configured: false,
    });
    expect([...cloud.cloud.machines.values()].map(({ id, state }) => [id, state])).toEqual([
      ['m-2', 'PENDING'],
    ]);
  });

  test('V12: an instance that is broken breaks no other', async () => {
    await using cloud = await aPool(1);
    await cloud.pools.create('broken');
    await cloud.pools.configure('broken', aConfiguration());
    // A database of another place: what is sealed there cannot be opened here.
    await cloud.keeper.ask({
      type: 'resealSecret',
      ...(await sealedOf(cloud, 'broken')),
      sealed: 'of another key',
    });
    expect(await cloud.get('/cloudpools/broken/config')).toMatchObject({
      status: 500,
      body: { message: 'the stored configuration cannot be read: it is sealed with another key' },
    });
    expect((await cloud.get('/cloudpools')).body).toHaveLength(2);
    expect((await cloud.get('/pool')).status).toBe(200);
  });

  test('V19: listed addresses have one slash, and the location of a new instance no query', async () => {
    await using cloud = await startCloudpool({ settings: { externalUrl: 'https://pools.example/x/' } });
    expect((await ask(cloud, '/cloudpools/a?b=c')).headers['location']).toBe(
      'https://pools.example/x/cloudpools/a',
    );
    expect((await cloud.get('/cloudpools/')).body).toEqual(['https://pools.example/x/cloudpools/a']);
  });
});

describe('deviations of answers', () => {
  test('V13: pages of other origins get nothing unless that is set', async () => {
    await using cloud = await startCloudpool();
    const { headers } = await cloud.get('/status', { Origin: 'https://ops.example' });
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  test('V14: a defect is told to the log alone, with the id that the client is given', async () => {
    const logged: object[] = [];
    const logger: Logger = {
      ...silentLogger,
      error: (fields: object | string) => void logged.push(Object(fields)),
    };
    await using cloud = await startCloudpool({ logger });
    cloud.pools.status = () => Promise.reject(new Error('a defect, at /srv/poolkeeper/code.ts:1'));
    const { status, body } = await cloud.get('/status');
    expect(status).toBe(500);
    expect(body.message).toBe(
      'internal error on GET /status: an error of ours; the log of the server has it',
    );
    expect(body.detail).toMatch(/^request cloudpool-/);
    expect(logged).toMatchObject([{ request: body.detail.slice('request '.length) }]);
  });

  test('V16: what a provider does not offer is 502', async () => {
    await using cloud = await startCloudpool({
      served: { api: 'current', pool: 'lab', hasInstances: false },
    });
    await cloud.nativePool({ name: 'lab', size: 1 });
    expect((await ask(cloud, '/pool/attach', { machineId: 'm-9' })).status).toBe(502);
  });

  test('V23: refusals of the layer below have an error document', async () => {
    await using cloud = await startCloudpool({ app: { bodyBytesMax: 100 } });
    const headers = { 'Content-Type': 'application/json' };
    const tooLarge = {
      method: 'POST',
      path: '/config',
      headers,
      body: JSON.stringify({ name: 'x'.repeat(200) }),
    };
    for (const [status, request] of [
      [404, { method: 'GET', path: '/nothing' }],
      [405, { method: 'PUT', path: '/pool' }],
      [415, { method: 'POST', path: '/config', body: '{}' }],
      [413, tooLarge],
      [413, { ...tooLarge, isChunked: true }],
      [400, { method: 'GET', path: '/%' }],
      [400, { method: 'GET ME', path: '/' }],
    ] as const) {
      const seen = await cloud.send(request);
      expect(seen).toMatchObject({ status, body: { message: expect.any(String), detail: '' } });
    }
  });
});

async function sealedOf(cloud: CloudpoolHarness, name: string): Promise<{ name: string; version: number }> {
  return cloud.keeper.read(({ upkeeps, secrets }) => {
    const secret = secrets.get(upkeeps.get(name)?.secret ?? '');
    return { name: secret?.name ?? '', version: secret?.version ?? 0 };
  });
}
