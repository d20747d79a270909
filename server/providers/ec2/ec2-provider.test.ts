import type { JsonObject, Observation } from '@poolkeeper/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { destroyUntilGone } from '../contract-suite.ts';
import { ProviderExhausted, ProviderRefused, ProviderTransient } from '../contract.ts';
import type { Provider } from '../contract.ts';
import { aCreateRequest, aDestroyRequest } from '../test-requests.ts';
import { TestEc2 } from './test-cloud.ts';
import { Ec2Place, SECRET_KEY, TEMPLATE } from './test-place.ts';
import { SETTLE_MS_MAX } from './unsettled.ts';

const signal = new AbortController().signal;
let nowMs: number;
const clock = { now: () => nowMs };
let cloud: TestEc2;
let place: Ec2Place;
let provider: Provider;

beforeEach(async () => {
  nowMs = Date.UTC(2026, 0, 1);
  cloud = await TestEc2.start();
  place = new Ec2Place(cloud.url);
  provider = await place.open({ clock });
});
afterEach(async () => {
  await provider[Symbol.asyncDispose]();
  await cloud[Symbol.asyncDispose]();
  place[Symbol.dispose]();
});

const create = (id: string, template: JsonObject = TEMPLATE): Promise<Observation> =>
  provider.create(aCreateRequest(id, template), signal);
const observed = async (): Promise<string[]> =>
  (await provider.observe(signal)).map(({ resource, machine }) => `${resource} ${machine}`).toSorted();
const memberOf = (externalId: string, id = 'res_m') => ({
  resource: { id, name: id, pool: 'm' },
  externalId,
  idempotencyKey: 'k',
});

describe('one machine for a resource', () => {
  test('each attempt asks for the same with the same token, and two resources have two', async () => {
    cloud.fail('RunInstances', { status: 400, code: 'InternalError', message: 'sorry' }, { times: 1 });
    await expect(create('res_1')).rejects.toBeInstanceOf(ProviderTransient);
    await create('res_1');
    await create('res_2');
    const asked = cloud.callsOf('RunInstances').map((params) => JSON.stringify(params));
    expect(asked).toHaveLength(3);
    expect(asked[1]).toBe(asked[0]);
    const [first, , other] = cloud.callsOf('RunInstances');
    expect(first?.['ClientToken']).toMatch(/^[0-9a-f]{64}$/);
    expect(other?.['ClientToken']).not.toBe(first?.['ClientToken']);
  });

  test('an answer that is lost makes no second machine', async () => {
    cloud.loseAnswers('RunInstances', 1);
    const { externalId } = await create('res_1');
    expect([...cloud.instances.keys()]).toEqual([externalId]);
    expect(cloud.callsOf('RunInstances')).toHaveLength(2);
  });

  test('machines are spread over the subnets, each resource always to the same', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `res_${index}`);
    await Promise.all(ids.map((id) => create(id)));
    const subnets = cloud.callsOf('RunInstances').map((params) => params['NetworkInterface.1.SubnetId']);
    expect(new Set(subnets)).toEqual(new Set(TEMPLATE['subnetIds'] as string[]));
  });

  test('a template that changed between two attempts leads to the machine of the first', async () => {
    cloud.loseAnswers('RunInstances', 3);
    await expect(create('res_1')).rejects.toBeInstanceOf(ProviderTransient);
    const [first] = cloud.instances.keys();
    const again = await create('res_1', { ...TEMPLATE, instanceType: 'm5.xlarge' });
    expect(again.externalId).toBe(first);
    expect(cloud.instances.size).toBe(1);
  });

  test('while that machine is not listed it is waited for, and one that came to nothing is asked for anew', async () => {
    cloud.lag();
    await create('res_1');
    await provider[Symbol.asyncDispose]();
    provider = await place.open({ clock });
    const changed = { ...TEMPLATE, instanceType: 'm5.xlarge' };
    await expect(create('res_1', changed)).rejects.toThrow(/another template, and EC2 does not list it yet/);
    nowMs += SETTLE_MS_MAX;
    await create('res_1', changed);
    expect([...cloud.instances.values()].map(({ params }) => params['InstanceType'])).toEqual([
      'm5.large',
      'm5.xlarge',
    ]);
  });

  test('lists of several pages are read to their end', async () => {
    cloud.pageLimit = 2;
    for (const id of ['res_1', 'res_2', 'res_3', 'res_4', 'res_5']) await create(id);
    expect(await observed()).toHaveLength(5);
  });
});

describe('while EC2 does not show yet what it has confirmed', () => {
  test('a machine that was just made is there, and may be ended', async () => {
    cloud.lag();
    const { externalId } = await create('res_1');
    expect(await observed()).toEqual(['res_1 PENDING']);
    expect(await create('res_1')).toMatchObject({ externalId });
    expect(await provider.destroy(aDestroyRequest('res_1', externalId), signal)).toBe('going');
    expect(cloud.count('res_1')).toBe(1);
    cloud.catchUp();
    await destroyUntilGone(provider, 'res_1');
    expect(cloud.count('res_1')).toBe(0);
  });

  test('that holds for some minutes, and then what is not listed is not there', async () => {
    cloud.lag();
    await create('res_1');
    nowMs += SETTLE_MS_MAX - 1;
    expect(await observed()).toEqual(['res_1 PENDING']);
    nowMs += 1;
    expect(await observed()).toEqual([]);
  });

  test('a machine that ended meanwhile is listed as ended, and that counts', async () => {
    const { externalId } = await create('res_1');
    const instance = cloud.instances.get(externalId);
    if (instance !== undefined) instance.state = 'terminated';
    expect(await observed()).toEqual([]);
  });

  test('a machine whose creation was never answered is not called gone', async () => {
    cloud.lag();
    const abort = new AbortController();
    const creation = provider.create(
      aCreateRequest('res_1', { ...TEMPLATE, instanceType: 'slow.large' }),
      abort.signal,
    );
    await expect.poll(() => cloud.instances.size).toBe(1);
    abort.abort(new Error('too late'));
    await expect(creation).rejects.toThrow('too late');
    expect(await provider.destroy(aDestroyRequest('res_1'), signal)).toBe('going');
    cloud.catchUp();
    await destroyUntilGone(provider, 'res_1');
    expect(cloud.count('res_1')).toBe(0);
  });

  test('nor is one that was asked for again and never answered, some minutes after the last time', async () => {
    cloud.lag();
    for (const waitMs of [4 * 60_000, 2 * 60_000]) {
      cloud.loseAnswers('RunInstances', 3);
      await expect(create('res_1')).rejects.toBeInstanceOf(ProviderTransient);
      nowMs += waitMs;
    }
    expect(await provider.destroy(aDestroyRequest('res_1'), signal)).toBe('going');
    nowMs += SETTLE_MS_MAX;
    expect(await provider.destroy(aDestroyRequest('res_1'), signal)).toBe('gone');
  });

  test('what was refused was never made, so it is gone at once', async () => {
    cloud.fail('RunInstances', { status: 400, code: 'InstanceLimitExceeded', message: 'no more' });
    await expect(create('res_1')).rejects.toBeInstanceOf(ProviderExhausted);
    expect(await provider.destroy(aDestroyRequest('res_1'), signal)).toBe('gone');
  });

  test('marks that were just written are told, and so is a member that was just attached', async () => {
    const { id } = cloud.add({ Name: 'legacy' });
    cloud.lag();
    await provider.members?.attach(memberOf(id), signal);
    const marks = { membership: { active: false, evictable: true }, serviceState: 'OUT_OF_SERVICE' } as const;
    await provider.members?.mark({ ...memberOf(id), marks }, signal);
    expect(await provider.observe(signal)).toMatchObject([
      { resource: 'res_m', externalId: id, pool: 'm', marks },
    ]);
  });

  test('a member that was just let go is not listed, nor ended', async () => {
    const { externalId } = await create('res_1');
    await observed();
    cloud.lag();
    await provider.members?.detach(memberOf(externalId, 'res_1'), signal);
    expect(await observed()).toEqual([]);
    expect(await provider.destroy(aDestroyRequest('res_1', externalId), signal)).toBe('gone');
    expect(cloud.callsOf('TerminateInstances')).toEqual([]);
  });
});

describe('members', () => {
  test('what bears the mark and no resource is listed as nobody’s', async () => {
    await using web = await place.open({ clock, cloudPool: 'web' });
    const { id } = cloud.add({
      'elastisys:cloudPool': 'web',
      'elastisys:membershipStatus': '{"active": false}',
    });
    cloud.add({ 'elastisys:cloudPool': 'other' });
    expect(await web.observe(signal)).toMatchObject([
      { resource: null, externalId: id, marks: { membership: { active: false, evictable: true } } },
    ]);
  });

  test('tags that say nothing are passed over', async () => {
    await using web = await place.open({ clock, cloudPool: 'web' });
    cloud.add({
      'elastisys:cloudPool': 'web',
      'elastisys:membershipStatus': 'nonsense',
      'elastisys:serviceState': 'in_service',
    });
    expect(await web.observe(signal)).toMatchObject([{ marks: {} }]);
  });

  test('each may be done twice', async () => {
    const { id } = cloud.add();
    for (const _ of [1, 2]) await provider.members?.attach(memberOf(id), signal);
    for (const _ of [1, 2]) {
      await provider.members?.mark({ ...memberOf(id), marks: { serviceState: 'UNHEALTHY' } }, signal);
    }
    for (const _ of [1, 2]) await provider.members?.detach(memberOf(id), signal);
    expect(cloud.instances.get(id)?.tags).toEqual({});
  });

  test('a member that another pool has taken is let go by this one, and keeps the tags of the other', async () => {
    const { externalId } = await create('res_1');
    await using other = await place.open({ name: 'other', cloudPool: 'db', clock });
    await other.members?.attach(memberOf(externalId, 'res_2'), signal);
    await provider.members?.detach(memberOf(externalId, 'res_1'), signal);
    expect(await other.observe(signal)).toMatchObject([{ resource: 'res_2', externalId }]);
  });

  test('a member of an earlier life, or of another pool before, is ended as a member all the same', async () => {
    await using web = await place.open({ name: 'web', cloudPool: 'web', clock });
    const { id } = cloud.add({ 'elastisys:cloudPool': 'web', 'poolkeeper:resource': 'res_earlier' });
    expect(await web.destroy(aDestroyRequest('res_adopted', id), signal)).toBe('going');
    expect(cloud.instances.get(id)?.state).not.toBe('running');
  });

  test('what has ended is not attached', async () => {
    const instance = cloud.add();
    instance.state = 'stopped';
    await expect(provider.members?.attach(memberOf(instance.id), signal)).rejects.toThrow(
      /attach one that runs/,
    );
    expect(instance.tags).toEqual({});
  });

  test('a machine whose mark somebody took away is let go, not ended', async () => {
    const { externalId } = await create('res_1');
    nowMs += SETTLE_MS_MAX;
    delete cloud.instances.get(externalId)?.tags['elastisys:cloudPool'];
    expect(await observed()).toEqual([]);
    expect(await provider.destroy(aDestroyRequest('res_1', externalId), signal)).toBe('gone');
    expect(cloud.instances.get(externalId)?.state).toBe('running');
  });
});

test('every state that EC2 has is told as one of ours, and one that it has not yet is PENDING', async () => {
  const { externalId } = await create('res_1');
  const instance = cloud.instances.get(externalId);
  const seen: Record<string, string | undefined> = {};
  for (const state of ['pending', 'running', 'stopped', 'rebooting'] as const) {
    if (instance !== undefined) instance.state = state;
    seen[state] = (await observed())[0];
  }
  expect(seen).toEqual({
    // The stand-in starts it when it is looked at.
    pending: 'res_1 RUNNING',
    running: 'res_1 RUNNING',
    stopped: 'res_1 TERMINATED',
    rebooting: 'res_1 PENDING',
  });
});

describe('what EC2 refuses', () => {
  const answer = (status: number, code: string, message = 'because.') => ({ status, code, message });

  test('throttled, a call is made three times, and left to the next attempt', async () => {
    cloud.fail('DescribeInstances', answer(503, 'RequestLimitExceeded', 'Request limit exceeded.'));
    await expect(provider.observe(signal)).rejects.toThrow(
      /answered RequestLimitExceeded to DescribeInstances.*lower the provider's limits\.rate/,
    );
    expect(cloud.callsOf('DescribeInstances')).toHaveLength(3);
    cloud.mend();
    expect(await observed()).toEqual([]);
  });

  test('a call that is throttled once comes through', async () => {
    cloud.fail('RunInstances', answer(503, 'RequestLimitExceeded'), { times: 1 });
    await create('res_1');
    expect(cloud.instances.size).toBe(1);
  });

  test('an abort ends a call while the SDK waits to try again', async () => {
    cloud.fail('DescribeInstances', answer(503, 'RequestLimitExceeded'));
    const abort = new AbortController();
    const look = provider.observe(abort.signal);
    await expect.poll(() => cloud.callsOf('DescribeInstances').length).toBeGreaterThan(0);
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(look).rejects.toBe(reason);
  });

  test.each([
    ['InstanceLimitExceeded', ProviderExhausted],
    ['InsufficientInstanceCapacity', ProviderExhausted],
    ['VcpuLimitExceeded', ProviderExhausted],
    ['MaxSpotInstanceCountExceeded', ProviderExhausted],
    ['SpotMaxPriceTooLow', ProviderExhausted],
    ['InsufficientFreeAddressesInSubnet', ProviderExhausted],
    ['UnauthorizedOperation', ProviderRefused],
    ['AuthFailure', ProviderRefused],
    ['ExpiredToken', ProviderRefused],
    ['InvalidParameterValue', ProviderRefused],
    ['InvalidAMIID.NotFound', ProviderRefused],
    ['InvalidKeyPair.NotFound', ProviderRefused],
    ['InvalidSubnetID.NotFound', ProviderRefused],
    ['RequestExpired', ProviderTransient],
    ['InternalError', ProviderTransient],
    ['Unavailable', ProviderTransient],
    ['SomethingOfTomorrow', ProviderTransient],
  ])('%s is a %o', async (code, kind) => {
    cloud.fail('RunInstances', answer(code === 'Unavailable' ? 503 : 400, code));
    const error = await create('res_1').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toMatch(new RegExp(`answered ${code} to RunInstances: because\\.`));
  });

  test('credentials that are wrong, or expire on the way, are refused with what to do', async () => {
    await create('res_1');
    cloud.accessKey = 'another';
    await expect(provider.observe(signal)).rejects.toThrow(
      /AuthFailure.*Correct awsAccessKeyId and awsSecretAccessKey/,
    );
    await expect(provider.observe(signal)).rejects.toBeInstanceOf(ProviderRefused);
    await expect(provider.destroy(aDestroyRequest('res_1'), signal)).rejects.toBeInstanceOf(ProviderRefused);
    cloud.accessKey = 'AKIDEXAMPLE';
    expect(await observed()).toEqual(['res_1 RUNNING']);
  });

  test('a page that EC2 has forgotten fails the list for now, and blames nobody', async () => {
    cloud.pageLimit = 1;
    await create('res_1');
    await create('res_2');
    const fault = { status: 400, code: 'InvalidNextToken', message: 'The token is not valid.' };
    cloud.fail('DescribeInstances', fault, { times: 1, after: 1 });
    await expect(observed()).rejects.toBeInstanceOf(ProviderTransient);
    expect(await observed()).toHaveLength(2);
  });

  test('no key is ever said', async () => {
    const message = `Credential AKIDEXAMPLE with ${SECRET_KEY} is no good`;
    cloud.fail('DescribeInstances', answer(403, 'SignatureDoesNotMatch', message));
    const error = (await provider.observe(signal).catch((thrown: unknown) => thrown)) as Error;
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toMatch(/AKIDEXAMPLE|wJalr/);
    expect(error.message).toContain('Credential *** with *** is no good');
  });

  test('nobody that answers is said with the place', async () => {
    await using nowhere = await place.open({ settings: { endpoint: 'http://127.0.0.1:9' } });
    await expect(nowhere.observe(signal)).rejects.toThrow(
      /No answer of EC2 came from http:\/\/127\.0\.0\.1:9 to DescribeInstances \(ECONNREFUSED/,
    );
  });

  test('a part of a list that fails fails the list, so nobody is taken for missing', async () => {
    cloud.pageLimit = 1;
    await create('res_1');
    await create('res_2');
    cloud.fail('DescribeInstances', answer(400, 'InternalError'), { after: 1 });
    await expect(provider.observe(signal)).rejects.toBeInstanceOf(ProviderTransient);
    expect(cloud.callsOf('DescribeInstances').at(-1)?.['NextToken']).toBe('1');
  });
});
