import type { JsonObject, Observation } from '@poolkeeper/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { destroyUntilGone } from '../contract-suite.ts';
import { ProviderExhausted, ProviderRefused, ProviderTransient } from '../contract.ts';
import type { Provider } from '../contract.ts';
import { aCreateRequest, aDestroyRequest } from '../test-requests.ts';
import { TestCloud } from './test-cloud.ts';
import { TestRelay } from './test-relay.ts';

const signal = new AbortController().signal;
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

const create = (id: string, template: JsonObject | null = null, by = provider): Promise<Observation> =>
  by.create(aCreateRequest(id, template), signal);
const observed = async (by = provider): Promise<string[]> =>
  (await by.observe(signal)).map(({ resource, machine }) => `${resource} ${machine}`).toSorted();

describe('what it makes', () => {
  test('bears the mark of this world, the resource, and what the template says', async () => {
    const { externalId, addresses } = await create('res_1', {
      size: 'large',
      region: 'north-1',
      tags: { owner: 'ann' },
    });
    const [machine] = await cloud.machines('res_1');
    expect(machine).toMatchObject({
      id: externalId,
      size: 'large',
      region: 'north-1',
      tags: {
        owner: 'ann',
        'poolkeeper-world': expect.stringMatching(/^[0-9a-f]{32}$/),
        'poolkeeper-resource': 'res_1',
        'poolkeeper-pool': 'web',
        'poolkeeper-name': 'res_1-name',
      },
    });
    expect(addresses).toEqual(['198.18.0.1', '10.0.0.1']);
  });

  test('is its own alone: other worlds, other providers and machines of nobody are not seen, nor ended', async () => {
    await create('res_1');
    await cloud.control('spawn');
    await using otherProvider = await cloud.open({ directory, name: 'other' });
    await using otherWorld = await cloud.open();
    await create('res_1', null, otherProvider);
    await create('res_1', null, otherWorld);
    expect(await cloud.machines()).toHaveLength(4);
    expect(await observed()).toEqual(['res_1 RUNNING']);
    expect(await observed(otherWorld)).toEqual(['res_1 RUNNING']);
    await destroyUntilGone(provider, 'res_1');
    expect(await cloud.machines('res_1')).toHaveLength(2);
    const [theirs] = await otherWorld.observe(signal);
    const aimed = aDestroyRequest('res_1', theirs?.externalId);
    expect(await provider.destroy(aimed, signal)).toBe('gone');
    expect(await observed(otherWorld)).toEqual(['res_1 RUNNING']);
  });

  test('is listed completely when the cloud has more than one page of it', async () => {
    const ids = Array.from({ length: 1_100 }, (_, index) => `res_${index}`);
    for (let at = 0; at < ids.length; at += 100) {
      await Promise.all(ids.slice(at, at + 100).map((id) => create(id)));
    }
    const before = await cloud.calls();
    expect((await provider.observe(signal)).map(({ resource }) => String(resource)).toSorted()).toEqual(
      ids.toSorted(),
    );
    expect(((await cloud.calls())['GET /machines'] ?? 0) - (before['GET /machines'] ?? 0)).toBe(2);
  });

  test('costs one call each, beside one look at what was there before', async () => {
    for (const id of ['res_1', 'res_2', 'res_3']) await create(id);
    expect(await cloud.calls()).toEqual({ 'GET /machines': 1, 'POST /machines': 3 });
  });
});

describe('drift', () => {
  test('a machine that vanished, or ended by itself, is not there any more', async () => {
    const [first, second] = await Promise.all(['res_1', 'res_2', 'res_3'].map((id) => create(id)));
    await cloud.control(`vanish?id=${first?.externalId}`);
    await cloud.control(`setState?id=${second?.externalId}&state=TERMINATED`);
    expect(await observed()).toEqual(['res_3 RUNNING']);
  });

  test.each(['REJECTED', 'TERMINATING', 'PENDING'] as const)(
    'a machine that is %s is said to be so',
    async (state) => {
      const { externalId } = await create('res_1');
      await cloud.control(`setState?id=${externalId}&state=${state}`);
      expect(await observed()).toEqual([`res_1 ${state}`]);
      await destroyUntilGone(provider, 'res_1');
      expect(await cloud.machines()).toEqual([]);
    },
  );

  test.each(['vanish', 'terminate'])('a resource whose machine is gone (%s) is made again', async (how) => {
    const first = await create('res_1');
    await cloud.control(
      how === 'vanish' ? `vanish?id=${first.externalId}` : `setState?id=${first.externalId}&state=TERMINATED`,
    );
    const second = await create('res_1');
    expect(second).toMatchObject({ machine: 'RUNNING' });
    expect(second.externalId).not.toBe(first.externalId);
    expect(await create('res_1')).toEqual(second);
    expect(await cloud.machines()).toHaveLength(1);
  });

  test('a machine whose tags somebody took away is not seen, and ended with its resource all the same', async () => {
    const { externalId } = await create('res_1');
    await cloud.patchTags(externalId, { 'poolkeeper-world': null, 'poolkeeper-resource': null });
    expect(await observed()).toEqual([]);
    expect(await provider.destroy(aDestroyRequest('res_1', externalId), signal)).toBe('gone');
    expect(await cloud.machines()).toEqual([]);
  });

  test('a second machine that was given the same tags is ended together with the first', async () => {
    const { externalId } = await create('res_1');
    const [machine] = await cloud.machines('res_1');
    const { id } = await cloud.control<{ id: string }>('spawn');
    await cloud.patchTags(id, machine?.tags ?? {});
    expect(await provider.observe(signal)).toMatchObject([{ resource: 'res_1', externalId }]);
    await destroyUntilGone(provider, 'res_1');
    expect(await cloud.machines()).toEqual([]);
  });
});

describe('starting and ending', () => {
  test('the new machine of a resource counts while the one before it still ends', async () => {
    const first = await create('res_1');
    await cloud.control('endTime?ms=60000');
    expect(await provider.destroy(aDestroyRequest('res_1'), signal)).toBe('going');
    const second = await create('res_1');
    expect(second.externalId).not.toBe(first.externalId);
    expect(await provider.observe(signal)).toEqual([{ ...second, pool: 'web' }]);
  });

  test('a machine that boots is booting until the cloud says otherwise', async () => {
    await cloud.control('bootState?state=PENDING');
    const made = await create('res_1');
    expect(made).toMatchObject({ machine: 'PENDING', liveness: 'BOOTING', addresses: [] });
    expect(await observed()).toEqual(['res_1 PENDING']);
    await cloud.control(`setState?id=${made.externalId}&state=RUNNING`);
    expect(await provider.observe(signal)).toMatchObject([
      { resource: 'res_1', machine: 'RUNNING', addresses: ['198.18.0.1', '10.0.0.1'] },
    ]);
  });

  test('the boot time of a template counts for its machines', async () => {
    expect(await create('res_1', { bootTime: '1m' })).toMatchObject({ machine: 'PENDING' });
    expect(await create('res_2')).toMatchObject({ machine: 'RUNNING' });
  });

  test('a cloud that starts nothing, or ends nothing, is trouble that may pass', async () => {
    await cloud.control('failStart?on=true');
    await expect(create('res_1')).rejects.toThrow(ProviderTransient);
    await expect(create('res_1')).rejects.toThrow(
      `The cloud at ${cloud.url} answered 500 to POST /machines: The machine could not be started`,
    );
    await cloud.control('failStart?on=false');
    await create('res_1');
    await cloud.control('failTerminate?on=true');
    await expect(provider.destroy(aDestroyRequest('res_1'), signal)).rejects.toThrow('could not be ended');
    expect(await observed()).toEqual(['res_1 RUNNING']);
    await cloud.control('failTerminate?on=false');
    expect(await provider.destroy(aDestroyRequest('res_1'), signal)).toBe('gone');
  });

  test('a machine that takes a while to end is going until it is gone', async () => {
    await create('res_1');
    await cloud.control('endTime?ms=300');
    expect(await provider.destroy(aDestroyRequest('res_1'), signal)).toBe('going');
    expect(await observed()).toEqual(['res_1 TERMINATING']);
    await destroyUntilGone(provider, 'res_1');
    expect(await cloud.machines()).toEqual([]);
  });

  test('a cloud over its quota is exhausted, one that takes no such machine refuses', async () => {
    await cloud.control('quota?max=1');
    await create('res_1');
    await expect(create('res_2')).rejects.toThrow(ProviderExhausted);
    await expect(create('res_2')).rejects.toThrow('The quota of 1 machines is used up.');
    expect(await create('res_1'), 'what is there already').toMatchObject({ machine: 'RUNNING' });
    await using relay = await TestRelay.start(cloud.url, (route) =>
      route === 'POST /machines'
        ? { status: 400, text: '{"code":"invalid","message":"size: is not known."}' }
        : 'answer',
    );
    await using picky = await cloud.open({ url: relay.url });
    const creation = create('res_1', { size: 'huge' }, picky);
    await expect(creation).rejects.toThrow(ProviderRefused);
    await expect(creation).rejects.toThrow("size: is not known. Correct the pool's template.");
  });
});
