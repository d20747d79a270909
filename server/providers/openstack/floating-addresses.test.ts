import type { JsonObject, Observation } from '@poolkeeper/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { destroyUntilGone } from '../contract-suite.ts';
import { ProviderExhausted, ProviderRefused, ProviderTransient } from '../contract.ts';
import type { Provider } from '../contract.ts';
import { aCreateRequest } from '../test-requests.ts';
import { TestCloud } from './test-cloud.ts';

const signal = new AbortController().signal;
const TEMPLATE = { size: 'm1.small', image: 'debian-12', assignFloatingIp: true };
let cloud: TestCloud;
let directory: string;
let provider: Provider;

beforeEach(async () => {
  cloud = await TestCloud.start();
  directory = cloud.makeDirectory();
  provider = await cloud.open({ directory, options: { cloudPool: 'web' } });
});
afterEach(async () => {
  await provider[Symbol.asyncDispose]();
  await cloud[Symbol.asyncDispose]();
});

const create = (id: string, more: JsonObject = {}): Promise<Observation> =>
  provider.create(aCreateRequest(id, { ...TEMPLATE, ...more }), signal);

test('an address is allocated with the port it is for, shown, and given back with the server', async () => {
  const { externalId } = await create('res_1');
  expect(cloud.neutron.floatingsOf(externalId)).toMatchObject([{ description: 'poolkeeper web res_1' }]);
  expect(await provider.observe(signal)).toMatchObject([{ addresses: ['203.0.113.1', '10.0.0.1'] }]);
  await create('res_1');
  expect(cloud.neutron.floatings).toHaveLength(1);
  await destroyUntilGone(provider, 'res_1');
  expect(cloud.neutron.floatings).toEqual([]);
});

test('a port that comes late is waited for', async () => {
  cloud.neutron.portLagMs = 600;
  const { externalId } = await create('res_1');
  expect(cloud.neutron.floatingsOf(externalId)).toHaveLength(1);
});

test.each(['POST /compute/servers', 'POST /network/floatingips'])(
  'a crash after %s leaves one server with one address, once it is asked for again',
  async (lost) => {
    cloud.fate = (route) => (route === lost ? 'lose-answer' : 'answer');
    await expect(create('res_1')).rejects.toThrow(ProviderTransient);
    cloud.fate = () => 'answer';
    const { externalId } = await create('res_1');
    expect(cloud.nova.servers).toHaveLength(1);
    expect(cloud.neutron.floatingsOf(externalId)).toHaveLength(1);
    expect(cloud.neutron.floatings).toHaveLength(1);
    await destroyUntilGone(provider, 'res_1');
    expect(cloud.neutron.floatings).toEqual([]);
  },
);

test('a server that another pool takes in takes its address along, and gives it back there', async () => {
  const { externalId } = await create('res_1');
  await using db = await cloud.open({ options: { cloudPool: 'db' } });
  const resource = { id: 'res_2', name: 'db-2', pool: 'db' };
  await db.members?.attach({ resource, externalId, idempotencyKey: 'job_1' }, signal);
  await destroyUntilGone(provider, 'res_1');
  expect(cloud.neutron.floatingsOf(externalId)).toMatchObject([{ description: 'poolkeeper db res_2' }]);
  await destroyUntilGone(db, 'res_2');
  expect(cloud.neutron.floatings).toEqual([]);
});

test('what a server leaves behind that ended without us is given back at the next look, and nothing else is', async () => {
  const { externalId } = await create('res_1');
  const kept = await create('res_2');
  const others = ['', 'mine', 'poolkeeper web-2 res_1'].map((description) => ({
    id: `of-${description}`,
    address: '203.0.113.99',
    description,
    portId: null,
  }));
  cloud.neutron.floatings.push(...others);
  cloud.nova.vanish(externalId);
  await provider.observe(signal);
  expect(cloud.neutron.floatings.map(({ description }) => description)).toEqual([
    'poolkeeper web res_2',
    ...others.map(({ description }) => description),
  ]);
  expect(cloud.neutron.floatingsOf(kept.externalId)).toHaveLength(1);
});

test('a Neutron that is down spoils no list of servers', async () => {
  await create('res_1');
  cloud.fate = (route) => (route.includes('/network/') ? { status: 503 } : 'answer');
  expect(await provider.observe(signal)).toMatchObject([{ resource: 'res_1' }]);
});

test('no address left is exhaustion; no network to take one from, and several, are refused with what to do', async () => {
  cloud.neutron.floatingQuota = 0;
  await expect(create('res_1')).rejects.toThrow(ProviderExhausted);
  cloud.neutron.networks.push({ id: 'net-3', name: 'outside-2', 'router:external': true });
  await using late = await cloud.open({ options: { cloudPool: 'late' } });
  const ask = (more: JsonObject, by: Provider) =>
    by.create(aCreateRequest('res_2', { ...TEMPLATE, ...more }), signal);
  await expect(ask({}, late)).rejects.toThrow(
    "This project sees 2 external networks: outside, outside-2. Correct floatingNetwork of the pool's template.",
  );
  cloud.neutron.floatingQuota = 10;
  expect(await ask({ floatingNetwork: 'outside-2' }, late)).toMatchObject({ resource: 'res_2' });
  cloud.neutron.networks = [];
  await using later = await cloud.open({ options: { cloudPool: 'later' } });
  await expect(ask({}, later)).rejects.toThrow(ProviderRefused);
});

test('a cloud without Neutron does without, and says so to who asks for an address', async () => {
  cloud.keystone.without.add('network');
  await using poor = await cloud.open({ options: { cloudPool: 'poor' } });
  await expect(poor.create(aCreateRequest('res_1', TEMPLATE), signal)).rejects.toThrow(
    'The catalogue of Keystone has no network service in region "north"',
  );
  const plain = { size: 'm1.small', image: 'debian-12' };
  await poor.create(aCreateRequest('res_1', plain), signal);
  expect(await poor.observe(signal)).toHaveLength(1);
  await destroyUntilGone(poor, 'res_1');
});
