import type { JsonObject, Observation } from '@poolkeeper/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { VirtualTime } from '../../virtual-time.ts';
import { ProviderExhausted, ProviderRefused, ProviderTransient } from '../contract.ts';
import type { Provider } from '../contract.ts';
import { aCreateRequest, aDestroyRequest } from '../test-requests.ts';
import { TestCloud } from './test-cloud.ts';
import { PASSWORD } from './test-keystone.ts';
import { aRecorder } from './test-recorder.ts';
import { novaFault } from './test-service.ts';

const signal = new AbortController().signal;
const TEMPLATE = { size: 'm1.small', image: 'debian-12' };
const LIST = 'GET /compute/servers/detail';
let cloud: TestCloud;
let provider: Provider;

beforeEach(async () => {
  cloud = await TestCloud.start();
  provider = await cloud.open();
});
afterEach(async () => {
  await provider[Symbol.asyncDispose]();
  await cloud[Symbol.asyncDispose]();
});

const create = (id: string, by = provider): Promise<Observation> =>
  by.create(aCreateRequest(id, TEMPLATE), signal);

const failureOf = (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown as Error,
  );

describe('tokens', () => {
  test('one login serves many calls, and calls that come at once share it', async () => {
    await Promise.all(['res_1', 'res_2', 'res_3'].map((id) => create(id)));
    await provider.observe(signal);
    expect(cloud.keystone.logins).toBe(1);
  });

  test('a token is renewed before it ends, by its life and not by the other clock', async () => {
    const time = new VirtualTime();
    cloud.keystone.skewMs = -7_200_000;
    await using patient = await cloud.open({ clock: time });
    await patient.observe(signal);
    await time.advance(54 * 60_000);
    await patient.observe(signal);
    expect(cloud.keystone.logins).toBe(1);
    await time.advance(60_000);
    await patient.observe(signal);
    expect(cloud.keystone.logins).toBe(2);
  });

  test('a token that is not taken any more is renewed once, by one login for all calls', async () => {
    await provider.observe(signal);
    cloud.keystone.revokeAll();
    await Promise.all([provider.observe(signal), provider.observe(signal), create('res_1')]);
    expect(cloud.keystone.logins).toBe(2);
  });

  test('a service that takes no token is refused, not asked on and on', async () => {
    cloud.fate = (route) => (route === LIST ? { status: 401, body: {} } : 'answer');
    const look = provider.observe(signal);
    await expect(look).rejects.toThrow(ProviderRefused);
    await expect(look).rejects.toThrow('A token that was just made is not taken');
    expect(cloud.count(LIST)).toBe(2);
  });

  test('a login that failed is made anew by the next call', async () => {
    cloud.fate = () => ({ status: 503 });
    await expect(provider.observe(signal)).rejects.toThrow(ProviderTransient);
    cloud.fate = () => 'answer';
    expect(await provider.observe(signal)).toEqual([]);
  });
});

describe('credentials', () => {
  const v2Credentials = { tenantName: 'web', userName: 'ann', password: PASSWORD };
  const v3 = (who: JsonObject) => ({ v3Credentials: { password: PASSWORD, ...who } });

  test.each([
    ['of v2', '/identity/v2.0', { v2Credentials }],
    ['of v2, at an address without a version', '/identity', { v2Credentials }],
    ['of v3 by ids', '/identity/v3', v3({ userId: 'u1', projectId: 'p1' })],
    ['of v3 at an address without a version', '/identity/', v3({ userId: 'u1', projectId: 'p1' })],
    [
      'of v3 by names in domains',
      '/identity/v3',
      v3({ userName: 'ann', userDomainId: 'default', projectName: 'web', projectDomainName: 'Default' }),
    ],
  ])('%s lead into the cloud', async (_what, path, credentials) => {
    const auth = { keystoneUrl: `${cloud.url}${path}`, ...credentials };
    await using by = await cloud.open({ settings: { auth, region: 'north' } });
    expect(await create('res_1', by)).toMatchObject({ machine: 'RUNNING' });
  });

  test('that are wrong are refused with what to do, and shown to nobody, though Keystone repeats them', async () => {
    const { logger, said } = aRecorder();
    await using by = await cloud.open({ logger, settings: cloud.settings({ logHttpRequests: true }) });
    await create('res_1', by);
    cloud.keystone.password = 'another';
    cloud.keystone.revokeAll();
    const failure = await failureOf(by.observe(signal));
    expect(failure).toBeInstanceOf(ProviderRefused);
    expect(failure.message).toMatch(
      /^Keystone at .* does not take the credentials \(401\)\. Correct settings\.auth/,
    );
    const shown = JSON.stringify([said, failure.message, failure.stack, failure.cause ?? null]);
    expect(said.length).toBeGreaterThan(3);
    expect(shown).not.toContain(PASSWORD);
    expect(shown).not.toContain('gAAAA');
  });

  test('are hidden in what a service says', async () => {
    cloud.fate = (route) => (route === LIST ? novaFault(400, `no ${PASSWORD} here`) : 'answer');
    await expect(provider.observe(signal)).rejects.toThrow('no *** here');
  });

  test('of a region that there is not are refused with those that there are', async () => {
    await using by = await cloud.open({ settings: cloud.settings({ region: 'east' }) });
    await expect(by.observe(signal)).rejects.toThrow(
      'has no public address of a compute service in region "east". Correct settings.region: it knows south, north.',
    );
  });
});

describe('a cloud that is hard to reach', () => {
  test('down, every call fails with its address and what to do; up, all goes on', async () => {
    await create('res_1');
    cloud.fate = () => ({ status: 503, body: '<html>down</html>' });
    const calls = [
      create('res_2'),
      provider.observe(signal),
      provider.destroy(aDestroyRequest('res_1'), signal),
    ];
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(ProviderTransient) });
      expect(String((result as PromiseRejectedResult).reason)).toMatch(
        /answered 503 to GET http.*See that the service is well/,
      );
    }
    cloud.fate = () => 'answer';
    await create('res_2');
    expect(await provider.observe(signal)).toHaveLength(2);
  });

  test('nobody at its address: that is said, with what to do', async () => {
    const settings = cloud.settings();
    await cloud[Symbol.asyncDispose]();
    await using lost = await cloud.open({ settings });
    await expect(lost.observe(signal)).rejects.toThrow(
      /The cloud does not answer POST http.*: nothing listens there\. See that it is up/,
    );
  });

  test.each([
    [200, '<html>'],
    [200, { servers: 'none' }],
    [200, { servers: [{ id: 'x' }] }],
    [300, { choices: [] }],
  ])('something else that answers %i %j is not believed', async (status, body) => {
    cloud.fate = (route) => (route === LIST ? { status, body: body as JsonObject } : 'answer');
    await expect(provider.observe(signal)).rejects.toThrow(ProviderTransient);
    await expect(provider.destroy(aDestroyRequest('res_1'), signal)).rejects.toThrow(ProviderTransient);
  });

  test.each([
    [
      403,
      'Policy does not allow this request to be performed.',
      ProviderRefused,
      'Give the user of settings.auth a role',
    ],
    [
      403,
      'Quota exceeded for cores: Requested 4, but already used 20 of 20 cores',
      ProviderExhausted,
      'larger quota',
    ],
    [
      409,
      'Multiple possible networks found, use a Network ID to be more specific.',
      ProviderRefused,
      'Name networks',
    ],
    [409, 'Something is in the way', ProviderExhausted, 'tried again later'],
    [413, 'Quota exceeded, too many servers', ProviderExhausted, 'larger quota'],
    [400, 'Invalid user data', ProviderRefused, "Correct the pool's template"],
    [500, 'Unexpected API Error.', ProviderTransient, 'See that the service is well'],
    [504, '', ProviderTransient, 'See that the service is well'],
  ])('a boot that is answered %i "%s" fails as what it means', async (status, message, kind, advice) => {
    cloud.fate = (route) => (route === 'POST /compute/servers' ? novaFault(status, message) : 'answer');
    const failure = await failureOf(create('res_1'));
    expect(failure).toBeInstanceOf(kind);
    expect(failure.message).toContain(advice);
    expect(failure.message).toContain(message);
  });

  test.each([429, 413])(
    'throttled by %i, a call waits as long as the cloud says and goes on',
    async (status) => {
      let times = 2;
      cloud.fate = (route) =>
        route === LIST && times-- > 0 ? { status, headers: { 'retry-after': '0' } } : 'answer';
      expect(await provider.observe(signal)).toEqual([]);
      expect(cloud.count(LIST)).toBe(3);
    },
  );

  test.each([
    ['on and on', '0', 5],
    ['and told to come back much later', '60', 1],
  ])('throttled %s, a call is left to the next attempt', async (_how, retryAfter, calls) => {
    cloud.fate = (route) =>
      route === LIST ? { status: 429, headers: { 'retry-after': retryAfter } } : 'answer';
    const look = provider.observe(signal);
    await expect(look).rejects.toThrow(ProviderTransient);
    await expect(look).rejects.toThrow('Set limits.rate of the provider lower');
    expect(cloud.count(LIST)).toBe(calls);
  });

  test('a call that is not answered fails after the time that the settings allow', async () => {
    const time = new VirtualTime();
    const settings = cloud.settings({ connectionTimeout: 2_000, socketTimeout: 3_000 });
    await using patient = await cloud.open({ settings, timers: time });
    cloud.fate = (route) => (route === LIST ? 'silence' : 'answer');
    const failure = patient.observe(signal).catch((error: unknown) => String(error));
    await expect.poll(() => cloud.count(LIST)).toBe(1);
    await time.advance(5_000);
    expect(await failure).toMatch(/The cloud did not answer GET .*\/servers\/detail within 5 s\./);
    expect(time.pending).toBe(0);
  });

  test('a provider that is closed ends what is under way', async () => {
    cloud.fate = () => 'silence';
    const closing = await cloud.open();
    const look = closing.observe(signal);
    await expect.poll(() => cloud.calls.length).toBe(1);
    const failure = failureOf(look);
    await closing[Symbol.asyncDispose]();
    expect((await failure).message).toBe('Provider cloud is closed.');
  });

  test('calls are told to the log where the settings ask for it', async () => {
    const { logger, said } = aRecorder();
    const settings = cloud.settings({ logHttpRequests: true });
    await using by = await cloud.open({ settings, logger });
    await by.observe(signal);
    expect(said.map(([fields]) => fields)).toContainEqual({
      call: expect.stringMatching(/^GET http.*\/servers\/detail$/),
      status: 200,
      tookMs: expect.any(Number),
    });
  });
});
