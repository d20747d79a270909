import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ProviderGone, ProviderRefused, ProviderTransient } from '../contract.ts';
import type { Members } from '../contract.ts';
import { aCreateRequest, aDestroyRequest } from '../test-requests.ts';
import { TestCloud } from './test-cloud.ts';

let cloud: TestCloud;
beforeEach(async () => void (cloud = await TestCloud.start()));
afterEach(() => cloud[Symbol.asyncDispose]());

const signal = (): AbortSignal => new AbortController().signal;
const aRequest = (externalId: string, id = 'res_1') => ({
  resource: { id, name: `${id}-name`, pool: 'web' },
  externalId,
  idempotencyKey: 'job_1',
});

async function open(cloudPool?: string) {
  const provider = await cloud.open(cloudPool === undefined ? {} : { cloudPool });
  return { provider, members: provider.members as Members };
}

async function spawn(): Promise<string> {
  return (await cloud.control<{ id: string }>('spawn')).id;
}

describe('the machines of a cloud pool', () => {
  test('are found by whoever keeps the pool next, with their marks and details', async () => {
    const first = await open('web');
    const made = await first.provider.create(
      aCreateRequest('res_1', { size: 'large', tags: { owner: 'ann' } }),
      signal(),
    );
    const marks = { membership: { active: true, evictable: false } } as const;
    await first.members.mark({ ...aRequest(made.externalId), marks }, signal());
    const next = await open('web');
    expect(await next.provider.observe(signal())).toMatchObject([
      {
        resource: 'res_1',
        externalId: made.externalId,
        marks,
        details: {
          cloud: 'Simulated',
          region: 'local',
          size: 'large',
          requestedAt: null,
          launchedAt: expect.any(Number),
          publicAddresses: [expect.any(String)],
          metadata: { tags: { owner: 'ann' } },
        },
      },
    ]);
    const other = await open('api');
    expect(await other.provider.observe(signal())).toEqual([]);
  });

  test('may bear no tag of a resource, and are ended as members all the same', async () => {
    const { provider } = await open('web');
    const id = await spawn();
    await cloud.patchTags(id, { 'poolkeeper-cloud-pool': 'web' });
    expect(await provider.observe(signal())).toMatchObject([{ resource: null, externalId: id }]);
    await cloud.patchTags(id, { 'poolkeeper-resource': 'res_of_an_earlier_server' });
    expect(await provider.destroy(aDestroyRequest('res_adopted', id), signal())).toBe('gone');
    expect(await cloud.machines()).toEqual([]);
  });

  test('are not ended when they are in another pool by now, and keep its tags', async () => {
    const web = await open('web');
    const api = await open('api');
    const { externalId } = await web.provider.create(aCreateRequest('res_1', null), signal());
    await api.members.attach(aRequest(externalId, 'res_2'), signal());
    await web.members.detach(aRequest(externalId), signal());
    expect(await web.provider.destroy(aDestroyRequest('res_1', externalId), signal())).toBe('gone');
    expect(await api.provider.observe(signal())).toMatchObject([{ resource: 'res_2', externalId }]);
    await expect(web.members.mark({ ...aRequest(externalId), marks: {} }, signal())).rejects.toThrow(
      ProviderGone,
    );
  });

  test('are not ended once they bear no mark: somebody let them go, by hand or by an answer that was lost', async () => {
    const { provider, members } = await open('web');
    const { externalId } = await provider.create(aCreateRequest('res_1', null), signal());
    await members.detach(aRequest(externalId), signal());
    expect(await provider.destroy(aDestroyRequest('res_1', externalId), signal())).toBe('gone');
    expect(await cloud.machines()).toMatchObject([{ id: externalId, state: 'RUNNING' }]);
  });
});

test('a machine of another server is refused by a provider that is no cloud pool', async () => {
  const [one, two] = [await open(), await open()];
  const { externalId } = await one.provider.create(aCreateRequest('res_1', null), signal());
  await expect(two.members.attach(aRequest(externalId), signal())).rejects.toThrow(ProviderRefused);
  const id = await spawn();
  expect(await two.members.attach(aRequest(id), signal())).toMatchObject({
    resource: 'res_1',
    externalId: id,
  });
});

test('troubles of the cloud are troubles of the call', async () => {
  const { members } = await open('web');
  const id = await spawn();
  await cloud.control('down');
  await expect(members.attach(aRequest(id), signal())).rejects.toThrow(ProviderTransient);
  await cloud.control('up');
  for (const state of ['TERMINATING', 'TERMINATED']) {
    await cloud.control(`setState?id=${id}&state=${state}`);
    await expect(members.attach(aRequest(id), signal())).rejects.toThrow(ProviderGone);
  }
});
