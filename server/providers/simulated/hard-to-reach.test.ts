import type { JsonObject, Observation } from '@poolkeeper/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { VirtualTime } from '../../virtual-time.ts';
import { ProviderTransient } from '../contract.ts';
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

describe('a cloud that is hard to reach', () => {
  test('down, every call fails with its address and what to do; up, all goes on', async () => {
    await create('res_1');
    await cloud.control('down');
    const calls = [
      create('res_2'),
      provider.observe(signal),
      provider.destroy(aDestroyRequest('res_1'), signal),
    ];
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(ProviderTransient) });
      expect(String((result as PromiseRejectedResult).reason)).toContain(`${cloud.url} answered 503`);
    }
    await cloud.control('up');
    expect(await observed()).toEqual(['res_1 RUNNING']);
    await create('res_2');
    expect(await cloud.machines()).toHaveLength(2);
  });

  test('nobody at its address: that is said, with what to do', async () => {
    await using nowhere = await TestRelay.start(cloud.url, () => 'answer');
    const { url } = nowhere;
    await nowhere[Symbol.asyncDispose]();
    await using lost = await cloud.open({ url });
    await expect(lost.observe(signal)).rejects.toThrow(
      `No cloud answers GET /machines at ${url}: nothing listens there. See that "poolkeeper cloud-simulator" runs there`,
    );
  });

  test.each([
    [200, '<html>', 'answered 200 to GET /machines, and nothing that a cloud simulator says.'],
    [200, '{"machines":[{"id":"i-1"}],"next":null}', 'and nothing that a cloud simulator says.'],
    [200, '{"machines":[],"next":true}', 'and nothing that a cloud simulator says.'],
    [404, '{"code":"route_not_found"}', 'answered 404 to GET /machines, and nothing'],
    [502, 'Bad gateway', 'answered 502 to GET /machines, and nothing'],
  ])('something else at its address that answers %i %s is not believed', async (status, text, message) => {
    await using relay = await TestRelay.start(cloud.url, () => ({ status, text }));
    await using lost = await cloud.open({ url: relay.url });
    for (const call of [lost.observe(signal), lost.destroy(aDestroyRequest('res_1'), signal)]) {
      await expect(call).rejects.toThrow(ProviderTransient);
      await expect(call).rejects.toThrow(message);
    }
  });

  test('an answer that is lost makes one machine, as often as it is lost', async () => {
    await using relay = await TestRelay.start(cloud.url, (route, count) =>
      route === 'POST /machines' && count < 4 ? 'lose-answer' : 'answer',
    );
    await using far = await cloud.open({ directory, url: relay.url });
    for (let lost = 0; lost < 3; lost += 1) {
      await expect(create('res_1', null, far)).rejects.toThrow(ProviderTransient);
    }
    expect(await create('res_1', null, far)).toMatchObject({ machine: 'RUNNING' });
    expect(relay.seen.filter((route) => route === 'POST /machines')).toHaveLength(4);
    expect(await cloud.machines()).toHaveLength(1);
  });

  test('a server that died before the answer came takes the machine up, also when the cloud forgot its token', async () => {
    await using relay = await TestRelay.start(cloud.url, (route) =>
      route === 'POST /machines' ? 'lose-answer' : 'answer',
    );
    {
      await using dying = await cloud.open({ directory, url: relay.url });
      await expect(create('res_1', null, dying)).rejects.toThrow(ProviderTransient);
    }
    const [left] = await cloud.machines('res_1');
    const { id } = await cloud.control<{ id: string }>('spawn');
    await cloud.patchTags(id, { ...left?.tags, 'poolkeeper-resource': 'res_2' });
    await using next = await cloud.open({ directory });
    expect(await create('res_1', null, next)).toMatchObject({ externalId: left?.id });
    expect(await create('res_2', null, next)).toMatchObject({ externalId: id });
    expect(await cloud.machines()).toHaveLength(2);
  });

  test('throttled, a call waits as long as the cloud says and goes on', async () => {
    await cloud.control('throttle?perSecond=2');
    await create('res_1');
    const startedAt = performance.now();
    await create('res_2');
    expect(performance.now() - startedAt).toBeGreaterThan(900);
    expect(await cloud.machines()).toHaveLength(2);
  });

  test.each([
    ['on and on', '0', 5],
    ['and told to come back much later', '60', 1],
  ])('throttled %s, a call is left to the next attempt', async (_how, retryAfter, calls) => {
    const answer = { status: 429, text: '{"code":"throttled"}', headers: { 'retry-after': retryAfter } };
    await using relay = await TestRelay.start(cloud.url, () => answer);
    await using hasty = await cloud.open({ url: relay.url });
    const observation = hasty.observe(signal);
    await expect(observation).rejects.toThrow(ProviderTransient);
    await expect(observation).rejects.toThrow('it takes fewer calls than this server makes.');
    expect(relay.seen).toHaveLength(calls);
  });

  test('throttled, a call that is no longer wanted does not wait', async () => {
    await cloud.control('throttle?perSecond=1');
    await provider.observe(signal);
    const abort = new AbortController();
    const observation = provider.observe(abort.signal);
    await expect.poll(async () => (await cloud.calls())['GET /machines']).toBe(2);
    abort.abort(new Error('no longer wanted'));
    await expect(observation).rejects.toThrow('no longer wanted');
  });

  test.each([
    ['GET /machines', 12, (by: Provider) => by.observe(signal)],
    ['POST /machines', 25, (by: Provider) => create('res_1', null, by)],
  ])('%s that is not answered fails after %i s', async (silent, seconds, call) => {
    const time = new VirtualTime();
    await using relay = await TestRelay.start(cloud.url, (route) =>
      route === silent ? 'silence' : 'answer',
    );
    await using patient = await cloud.open({ url: relay.url, timers: time });
    const failure = call(patient).catch((error: unknown) => String(error));
    await expect.poll(() => relay.seen.some((seen) => seen.startsWith(silent))).toBe(true);
    await time.advance(seconds * 1_000);
    expect(await failure).toContain(
      `The cloud at ${relay.url} did not answer ${silent} within ${seconds} s. See that`,
    );
    expect(time.pending).toBe(0);
  });

  test('a provider that is closed ends what is under way', async () => {
    await using relay = await TestRelay.start(cloud.url, () => 'silence');
    const closing = await cloud.open({ url: relay.url });
    const observation = closing.observe(signal);
    await expect.poll(() => relay.seen.length).toBe(1);
    await closing[Symbol.asyncDispose]();
    await expect(observation).rejects.toThrow('Provider cloud is closed.');
  });
});
