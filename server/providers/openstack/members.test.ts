import { afterEach, beforeEach, expect, test } from 'vitest';
import { ProviderGone, ProviderTransient } from '../contract.ts';
import type { MemberRequest, Members, Provider } from '../contract.ts';
import { aCreateRequest } from '../test-requests.ts';
import { TestCloud } from './test-cloud.ts';
import { aRecorder } from './test-recorder.ts';

const signal = new AbortController().signal;
let cloud: TestCloud;
let provider: Provider;
let members: Members;

beforeEach(async () => {
  cloud = await TestCloud.start();
  provider = await cloud.open({ options: { cloudPool: 'web' } });
  if (provider.members === undefined) throw new Error('it offers no members');
  ({ members } = provider);
});
afterEach(async () => {
  await provider[Symbol.asyncDispose]();
  await cloud[Symbol.asyncDispose]();
});

const request = (externalId: string, id = 'res_9'): MemberRequest => ({
  resource: { id, name: `${id}-name`, pool: 'web' },
  externalId,
  idempotencyKey: 'job_1',
});

test('a server that exists is taken in, twice as well as once, and is listed with its resource', async () => {
  const { id } = cloud.nova.spawn({ owner: 'ann' });
  for (let time = 0; time < 2; time += 1) {
    expect(await members.attach(request(id), signal)).toMatchObject({
      resource: 'res_9',
      externalId: id,
      pool: 'web',
    });
  }
  expect(cloud.nova.require(id).metadata).toEqual({
    owner: 'ann',
    'elastisys:cloudPool': 'web',
    'poolkeeper:resource': 'res_9',
    'poolkeeper:pool': 'web',
  });
  expect(await provider.observe(signal)).toMatchObject([{ resource: 'res_9', externalId: id }]);
});

test('what other tools marked is listed, without a resource and with its marks', async () => {
  const { id } = cloud.nova.spawn({
    'elastisys:cloudPool': 'web',
    'elastisys:serviceState': 'IN_SERVICE',
    'elastisys:membershipStatus': '{"active": true, "evictable": false}',
  });
  cloud.nova.spawn({ 'elastisys:cloudPool': 'web', 'elastisys:membershipStatus': 'yes' });
  const listed = await provider.observe(signal);
  expect(listed).toHaveLength(2);
  expect(listed.find(({ externalId }) => externalId === id)).toMatchObject({
    resource: null,
    marks: { serviceState: 'IN_SERVICE', membership: { active: true, evictable: false } },
  });
  expect(listed.find(({ externalId }) => externalId !== id)).not.toHaveProperty('marks');
});

test('marks are kept on the server, one without the other', async () => {
  const { externalId } = await provider.create(
    aCreateRequest('res_1', { size: '1', image: 'image-1' }),
    signal,
  );
  await members.mark({ ...request(externalId), marks: { serviceState: 'UNHEALTHY' } }, signal);
  const membership = { active: false, evictable: true };
  await members.mark({ ...request(externalId), marks: { membership } }, signal);
  expect(await provider.observe(signal)).toMatchObject([
    { marks: { serviceState: 'UNHEALTHY', membership } },
  ]);
});

test('a server that is let go keeps running, with its address, and without any mark of ours', async () => {
  const template = { size: '1', image: 'image-1', assignFloatingIp: true, tags: { owner: 'ann' } };
  const { externalId } = await provider.create(aCreateRequest('res_1', template), signal);
  await members.mark({ ...request(externalId), marks: { serviceState: 'IN_SERVICE' } }, signal);
  for (let time = 0; time < 2; time += 1) await members.detach(request(externalId, 'res_1'), signal);
  expect(cloud.nova.require(externalId).metadata).toEqual({ owner: 'ann' });
  expect(cloud.neutron.floatingsOf(externalId)).toMatchObject([{ description: '' }]);
  expect(await provider.observe(signal)).toEqual([]);
});

test('a detaching that was cut off is still listed, and finished by the next', async () => {
  const { id } = cloud.nova.spawn({ 'elastisys:cloudPool': 'web', 'poolkeeper:resource': 'res_9' });
  let deletions = 0;
  cloud.fate = (route) => (route.startsWith('DELETE ') && ++deletions === 2 ? { status: 503 } : 'answer');
  await expect(members.detach(request(id), signal)).rejects.toThrow(ProviderTransient);
  expect(await provider.observe(signal)).toMatchObject([{ externalId: id, resource: null }]);
  await members.detach(request(id), signal);
  expect(cloud.nova.require(id).metadata).toEqual({});
});

test('of a server that there is not it says that it is gone', async () => {
  const none = request('3f6d1a3e-0000-4000-8000-000000000000');
  const calls = [
    members.attach(none, signal),
    members.detach(none, signal),
    members.mark({ ...none, marks: { serviceState: 'BOOTING' } }, signal),
  ];
  for (const result of await Promise.allSettled(calls)) {
    expect(result).toMatchObject({ status: 'rejected', reason: expect.any(ProviderGone) });
  }
});

test('a member that another pool has taken is let go by this one, and keeps the marks of the other', async () => {
  const marks = { 'elastisys:cloudPool': 'db', 'poolkeeper:resource': 'res_1' };
  const { id } = cloud.nova.spawn(marks);
  await members.detach(request(id), signal);
  expect(cloud.nova.require(id).metadata).toEqual(marks);
  const marking = members.mark({ ...request(id), marks: { serviceState: 'BOOTING' } }, signal);
  await expect(marking).rejects.toThrow(ProviderGone);
  expect(cloud.nova.require(id).metadata).toEqual(marks);
});

test('a server that has stopped or could not be built is not taken in: it would be ended and replaced', async () => {
  for (const status of ['SHUTOFF', 'ERROR']) {
    const server = cloud.nova.spawn({ owner: 'ann' });
    server.status = status;
    await expect(members.attach(request(server.id), signal), status).rejects.toThrow(ProviderGone);
    expect(server.metadata).toEqual({ owner: 'ann' });
  }
});

test('a member of another pool is taken from it, which is said', async () => {
  const { id } = cloud.nova.spawn({ 'elastisys:cloudPool': 'db', 'poolkeeper:resource': 'res_1' });
  const { logger, said } = aRecorder();
  await using taking = await cloud.open({ options: { cloudPool: 'web' }, logger });
  await taking.members?.attach(request(id), signal);
  expect(cloud.nova.require(id).metadata).toMatchObject({
    'elastisys:cloudPool': 'web',
    'poolkeeper:resource': 'res_9',
  });
  expect(said).toEqual([
    [{ provider: 'cloud', server: id, from: 'db', to: 'web' }, 'a member of another pool is attached'],
  ]);
});

test('Nova changes no marks of a server that is being built: that may pass', async () => {
  cloud.nova.bootMs = 60_000;
  const { externalId } = await provider.create(
    aCreateRequest('res_1', { size: '1', image: 'image-1' }),
    signal,
  );
  const marking = members.mark({ ...request(externalId), marks: { serviceState: 'BOOTING' } }, signal);
  await expect(marking).rejects.toThrow(ProviderTransient);
  await expect(marking).rejects.toThrow('while it is in vm_state building');
});
