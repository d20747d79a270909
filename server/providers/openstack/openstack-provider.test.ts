import type { JsonObject, Listed, Observation } from '@poolkeeper/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { destroyUntilGone } from '../contract-suite.ts';
import { ProviderExhausted, ProviderRefused, ProviderTransient } from '../contract.ts';
import type { Provider } from '../contract.ts';
import { aCreateRequest, aDestroyRequest } from '../test-requests.ts';
import { TestCloud } from './test-cloud.ts';
import { aRecorder } from './test-recorder.ts';

const signal = new AbortController().signal;
const TEMPLATE = { size: 'm1.small', image: 'debian-12' };
let cloud: TestCloud;
let directory: string;
let provider: Provider;

beforeEach(async () => {
  cloud = await TestCloud.start();
  directory = cloud.makeDirectory();
  provider = await cloud.open({ directory });
});
afterEach(async () => {
  await provider[Symbol.asyncDispose]();
  await cloud[Symbol.asyncDispose]();
});

const create = (id: string, more: JsonObject = {}, by = provider): Promise<Observation> =>
  by.create(aCreateRequest(id, { ...TEMPLATE, ...more }), signal);
const observe = (by = provider): Promise<readonly Listed[]> => by.observe(signal);
const observed = async (by = provider): Promise<string[]> =>
  (await observe(by)).map(({ resource, machine }) => `${resource} ${machine}`).toSorted();

describe('what it makes', () => {
  test('bears all its marks from its making on, and what the template says', async () => {
    const { externalId } = await create('res_1', {
      keyPair: 'ann',
      securityGroups: ['default', 'web'],
      encodedUserData: 'IyEvYmluL3NoCg==',
      networks: ['inside'],
      tags: { owner: 'ann' },
    });
    expect(cloud.nova.require(externalId).asked).toEqual({
      name: 'web-1',
      imageRef: 'image-1',
      flavorRef: '2',
      networks: [{ uuid: 'net-inside' }],
      metadata: {
        owner: 'ann',
        'elastisys:cloudPool': expect.stringMatching(/^poolkeeper-[0-9a-f]{32}$/),
        'poolkeeper:resource': 'res_1',
        'poolkeeper:pool': 'web',
      },
      key_name: 'ann',
      user_data: 'IyEvYmluL3NoCg==',
      security_groups: [{ name: 'default' }, { name: 'web' }],
    });
  });

  test('for a pool of clients bears the mark and the name that other tools know', async () => {
    await using pool = await cloud.open({ options: { cloudPool: 'Shop (north)', cloud: 'CityCloud' } });
    const { externalId } = await create('res_1', {}, pool);
    const { name, metadata } = cloud.nova.require(externalId);
    expect(name).toBe('Shop-north-1');
    expect(metadata).toEqual({
      'elastisys:cloudPool': 'Shop (north)',
      'poolkeeper:resource': 'res_1',
      'poolkeeper:pool': 'web',
    });
    expect((await observe(pool))[0]?.details).toMatchObject({ cloud: 'CityCloud' });
  });

  test('is told with its details', async () => {
    await create('res_1', { assignFloatingIp: true });
    const [seen] = await observe();
    const server = cloud.nova.require(seen?.externalId);
    expect(seen).toEqual({
      resource: 'res_1',
      externalId: server.id,
      machine: 'RUNNING',
      liveness: 'UNKNOWN',
      addresses: ['203.0.113.1', '10.0.0.1'],
      endpoints: {},
      pool: 'web',
      details: {
        launchedAt: server.launchedAt,
        requestedAt: Math.floor(server.createdAt / 1_000) * 1_000,
        publicAddresses: ['203.0.113.1'],
        privateAddresses: ['10.0.0.1'],
        cloud: 'OpenStack',
        region: 'north',
        size: 'm1.small',
        metadata: {
          name: 'web-1',
          status: 'ACTIVE',
          availabilityZone: 'nova',
          image: 'image-1',
          vcpus: 1,
          memoryMb: 2_048,
        },
      },
    });
  });

  test('is its own alone: other worlds, other pools and servers of nobody are not seen, nor ended', async () => {
    await using other = await cloud.open({ options: { cloudPool: 'web' } });
    await using another = await cloud.open();
    cloud.nova.spawn();
    for (const by of [provider, other, another]) await create('res_1', {}, by);
    expect(cloud.nova.staying()).toHaveLength(4);
    for (const by of [provider, other, another]) expect(await observed(by)).toEqual(['res_1 RUNNING']);
    const [theirs] = await observe(other);
    await destroyUntilGone(provider, 'res_1');
    expect(await provider.destroy(aDestroyRequest('res_1', theirs?.externalId), signal)).toBe('gone');
    expect(cloud.nova.staying()).toHaveLength(3);
  });

  test('is listed completely when the cloud gives it in pages, and a page is never taken for all', async () => {
    cloud.nova.pageLimitMax = 7;
    const ids = Array.from({ length: 30 }, (_, index) => `res_${index}`);
    await Promise.all(ids.map((id) => create(id)));
    const before = cloud.count('GET /compute/servers/detail');
    expect(await observed()).toEqual(ids.map((id) => `${id} RUNNING`).toSorted());
    expect(cloud.count('GET /compute/servers/detail') - before).toBe(5);
  });

  test('is listed completely when the server that a page ended with is deleted before the next page', async () => {
    cloud.nova.pageLimitMax = 2;
    for (const id of ['res_1', 'res_2']) await create(id);
    const third = await create('res_3');
    await create('res_4');
    let hits = 0;
    cloud.fate = (route) => {
      if (route === 'GET /compute/servers/detail' && ++hits === 2) cloud.nova.vanish(third.externalId);
      return 'answer';
    };
    expect(await observed()).toEqual(['res_1 RUNNING', 'res_2 RUNNING', 'res_4 RUNNING']);
  });

  test('costs a look before, a boot and a look after; what names mean is remembered', async () => {
    await create('res_1');
    cloud.calls.length = 0;
    await create('res_2');
    expect(cloud.calls.map((call) => call.split('?')[0])).toEqual([
      'GET /compute/servers/detail',
      'POST /compute/servers',
      'GET /compute/servers/detail',
    ]);
  });

  test.each([
    [
      { size: 'm1.none' },
      'This project has no flavour "m1.none", by id or by name. Correct size of the pool',
    ],
    [{ image: 'none' }, 'This project has no image "none", by id or by name. Correct image'],
    [
      { networks: ['none-such'] },
      'This project has no network "none-such", by id or by name. Correct networks',
    ],
    [{ keyPair: 'unknown' }, "Invalid key_name provided. Correct the pool's template."],
  ])(
    'a template with %j, which the cloud does not have, is refused with what to do',
    async (more, message) => {
      const creation = create('res_1', more);
      await expect(creation).rejects.toThrow(ProviderRefused);
      await expect(creation).rejects.toThrow(message);
      expect(cloud.nova.servers).toEqual([]);
    },
  );

  test('images, flavours and networks may be named by their ids', async () => {
    await create('res_1', { size: '1', image: 'image-1', networks: ['net-inside'] });
    expect(cloud.nova.servers[0]?.asked).toMatchObject({ flavorRef: '1', imageRef: 'image-1' });
    cloud.neutron.networks.push({ id: 'net-2', name: 'inside', 'router:external': false });
    await using late = await cloud.open();
    await expect(create('res_2', { networks: ['inside'] }, late)).rejects.toThrow(
      'This project has 2 of the name "inside" (network). Correct networks of the pool\'s template: use the id.',
    );
  });
});

describe('one server for each resource, though Nova takes no client token', () => {
  test('a boot whose answer is lost is found by the next attempt', async () => {
    cloud.fate = (route) => (route === 'POST /compute/servers' ? 'lose-answer' : 'answer');
    await expect(create('res_1')).rejects.toThrow(ProviderTransient);
    const [made] = cloud.nova.staying('res_1');
    await using next = await cloud.open({ directory });
    expect(await create('res_1', {}, next)).toMatchObject({ externalId: made?.id });
    expect(cloud.nova.servers).toHaveLength(1);
  });

  test('a server that lists do not have yet is not made again, and not missing', async () => {
    cloud.nova.listLagMs = 60_000;
    const first = await create('res_1');
    expect(await create('res_1')).toMatchObject({ externalId: first.externalId });
    expect(cloud.nova.servers).toHaveLength(1);
    expect(await observed()).toEqual(['res_1 RUNNING']);
    await destroyUntilGone(provider, 'res_1');
    expect(cloud.nova.servers).toEqual([]);
    expect(await observed()).toEqual([]);
  });

  test('of two servers that two processes made at once the older stays', async () => {
    await using other = await cloud.open({ directory });
    const both = await Promise.all([create('res_1'), create('res_1', {}, other)]);
    await expect.poll(() => cloud.nova.staying('res_1').length).toBe(1);
    const [left] = cloud.nova.staying('res_1');
    expect(both.map(({ externalId }) => externalId)).toContain(left?.id);
    expect(await create('res_1')).toMatchObject({ externalId: left?.id });
  });

  test('a second server that came to light late is listed under the first, said once, and ends with it', async () => {
    const { logger, said } = aRecorder();
    await using seeing = await cloud.open({ directory, logger });
    const { externalId } = await create('res_1');
    const { metadata, name } = cloud.nova.require(externalId);
    cloud.nova.spawn(metadata, name, 5_000);
    for (let look = 0; look < 2; look += 1) {
      expect(await observe(seeing)).toMatchObject([{ resource: 'res_1', externalId }]);
    }
    expect(said.map(([, message]) => message)).toEqual([
      'a resource has a second server, which ends together with the first',
    ]);
    await destroyUntilGone(provider, 'res_1');
    expect(cloud.nova.servers).toEqual([]);
  });

  test('the new server of a resource counts while the one before it still ends', async () => {
    const first = await create('res_1');
    cloud.nova.endMs = 60_000;
    expect(await provider.destroy(aDestroyRequest('res_1'), signal)).toBe('going');
    expect(await observed()).toEqual(['res_1 TERMINATING']);
    const second = await create('res_1');
    expect(second.externalId).not.toBe(first.externalId);
    expect(await observe()).toMatchObject([{ externalId: second.externalId, machine: 'RUNNING' }]);
  });
});

describe('states', () => {
  test('a server that boots is pending until it is active', async () => {
    cloud.nova.bootMs = 60_000;
    const { externalId, machine, liveness } = await create('res_1');
    expect([machine, liveness]).toEqual(['PENDING', 'BOOTING']);
    cloud.nova.require(externalId).activeAt = 0;
    expect(await observed()).toEqual(['res_1 RUNNING']);
  });

  test('a server in a state that nobody knows is pending, is said once, and spoils no list', async () => {
    const { logger, said } = aRecorder();
    await using seeing = await cloud.open({ directory, logger });
    await create('res_1');
    const { externalId } = await create('res_2');
    cloud.nova.require(externalId).status = 'MIGRATING';
    for (let look = 0; look < 2; look += 1) {
      expect(await observed(seeing)).toEqual(['res_1 RUNNING', 'res_2 PENDING']);
    }
    expect(said).toEqual([
      [
        { provider: 'cloud', server: externalId, status: 'MIGRATING' },
        'a server has a status that is not known, and counts as pending',
      ],
    ]);
  });

  test('a server that could not be built is rejected with the reason, and replaced when it is asked for again', async () => {
    const { logger, said } = aRecorder();
    await using seeing = await cloud.open({ directory, logger });
    const { externalId } = await create('res_1');
    Object.assign(cloud.nova.require(externalId), {
      status: 'ERROR',
      launchedAt: null,
      activeAt: Number.POSITIVE_INFINITY,
      fault: 'No valid host was found.',
    });
    expect(await observed(seeing)).toEqual(['res_1 REJECTED']);
    expect(said[0]?.[0]).toMatchObject({ server: externalId, fault: 'No valid host was found.' });
    const next = await create('res_1');
    expect(next.externalId).not.toBe(externalId);
    expect(cloud.nova.staying('res_1').map(({ id }) => id)).toEqual([next.externalId]);
  });

  test('a server in ERROR that ran before counts as running: a failed action may have left it as it was', async () => {
    const { externalId } = await create('res_1');
    cloud.nova.require(externalId).status = 'ERROR';
    expect(await observed()).toEqual(['res_1 RUNNING']);
  });

  test('a cloud that is full refuses a boot only by its end: that is rejected', async () => {
    cloud.nova.buildFault = 'No valid host was found.';
    await expect(create('res_1')).rejects.toThrow(ProviderTransient);
    cloud.nova.buildFault = null;
    await create('res_1');
    expect(cloud.nova.staying('res_1')).toHaveLength(1);
  });

  test('a server that vanished is not there any more, and one that is shut off is over', async () => {
    const first = await create('res_1');
    const second = await create('res_2');
    cloud.nova.vanish(first.externalId);
    cloud.nova.require(second.externalId).status = 'SHUTOFF';
    expect(await observed()).toEqual(['res_2 TERMINATED']);
    await destroyUntilGone(provider, 'res_2');
    expect(cloud.nova.servers).toEqual([]);
  });
});

describe('ending', () => {
  test('a server whose marks somebody took away ends with its resource all the same, unless it is a member of a pool of clients', async () => {
    await using pool = await cloud.open({ options: { cloudPool: 'web' } });
    const own = await create('res_1');
    const shared = await create('res_2', {}, pool);
    for (const { externalId } of [own, shared]) cloud.nova.require(externalId).metadata = {};
    expect(await provider.destroy(aDestroyRequest('res_1', own.externalId), signal)).toBe('going');
    expect(await pool.destroy(aDestroyRequest('res_2', shared.externalId), signal)).toBe('gone');
    expect(cloud.nova.staying().map(({ id }) => id)).toEqual([shared.externalId]);
  });

  test('a member of an earlier life, whose resource was another, ends with the resource that has it now', async () => {
    await using pool = await cloud.open({ options: { cloudPool: 'web' } });
    const old = cloud.nova.spawn({ 'elastisys:cloudPool': 'web', 'poolkeeper:resource': 'res_old' });
    expect(await observe(pool)).toMatchObject([{ resource: 'res_old', externalId: old.id }]);
    expect(await pool.destroy(aDestroyRequest('res_new', old.id), signal)).toBe('going');
    expect(cloud.nova.staying()).toEqual([]);
  });

  test('a quota that is used up is exhaustion, and what is there already is answered', async () => {
    cloud.nova.quota = 1;
    await create('res_1');
    const creation = create('res_2');
    await expect(creation).rejects.toThrow(ProviderExhausted);
    await expect(creation).rejects.toThrow('Requested 1, but already used 1 of 1 instances.');
    expect(await create('res_1')).toMatchObject({ machine: 'RUNNING' });
  });
});
