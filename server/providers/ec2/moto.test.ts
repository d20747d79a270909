import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import type { Instance } from '@aws-sdk/client-ec2';
import type { JsonObject } from '@poolkeeper/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RealMoto, lookForMoto } from '../../testing/real-moto.ts';
import { destroyUntilGone, memberContract, providerContract } from '../contract-suite.ts';
import type { ProviderPlace } from '../contract-suite.ts';
import { ProviderGone, ProviderRefused } from '../contract.ts';
import { aCreateRequest, aDestroyRequest } from '../test-requests.ts';
import { Ec2Place } from './test-place.ts';

/** moto takes a token and makes a second machine all the same. */
const NEEDS_TOKENS = [
  'creating twice at once makes one thing',
  'a creation that was cut off is finished by the next attempt, with one thing in the end',
];
const NEEDS_DELAY = 'a creation that takes long ends soon after its signal aborts, and can be destroyed';

const parts = lookForMoto();
const signal = new AbortController().signal;

describe.skipIf(parts.areMissing)(`against moto${parts.reason}`, () => {
  let moto: RealMoto;
  let client: EC2Client;
  let template: JsonObject;

  beforeAll(async () => {
    moto = await RealMoto.start();
    client = new EC2Client({
      region: 'eu-west-1',
      endpoint: moto.url,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const { Images = [] } = await client.send(new DescribeImagesCommand({ Owners: ['amazon'] }));
    const { Subnets = [] } = await client.send(new DescribeSubnetsCommand({}));
    template = {
      instanceType: 't3.micro',
      amiId: Images[0]?.ImageId ?? '',
      subnetIds: Subnets.map(({ SubnetId = '' }) => SubnetId),
    };
  }, 90_000);
  afterAll(async () => {
    client.destroy();
    await moto[Symbol.asyncDispose]();
  });

  async function find(name: string, value: string): Promise<Instance[]> {
    const Filters = [
      { Name: name, Values: [value] },
      { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped', 'shutting-down'] },
    ];
    const { Reservations = [] } = await client.send(new DescribeInstancesCommand({ Filters }));
    return Reservations.flatMap(({ Instances = [] }) => Instances);
  }

  function aMotoPlace(): Promise<ProviderPlace> {
    const place = new Ec2Place(moto.url);
    const cloudPool = place.directory;
    return Promise.resolve({
      open: () => place.open({ cloudPool }),
      template: { ...template, assignPublicIp: true, tags: { owner: 'ann' } },
      refused: [[{ ...template, subnetIds: [] }, '/subnetIds']],
      count: async (resource) => {
        const mine = await find('tag:elastisys:cloudPool', cloudPool);
        return mine.filter(({ Tags = [] }) => Tags.some(({ Value }) => Value === resource)).length;
      },
      cleanUp: () => Promise.resolve(place[Symbol.dispose]()),
    });
  }

  providerContract('ec2, with moto,', aMotoPlace, [...NEEDS_TOKENS, NEEDS_DELAY]);
  memberContract('ec2, with moto,', aMotoPlace);

  test('a machine is made as its template says, with every tag, and tells its details', async () => {
    using place = new Ec2Place(moto.url);
    await using provider = await place.open({ cloudPool: 'web pool' });
    const tags = { owner: 'ann', Name: 'front door' };
    const encodedUserData = Buffer.from('#!/bin/sh\necho up\n').toString('base64');
    const made = await provider.create(
      aCreateRequest('res_7', { ...template, tags, encodedUserData }),
      signal,
    );
    const [instance] = await find('tag:poolkeeper:resource', 'res_7');
    expect(Object.fromEntries((instance?.Tags ?? []).map(({ Key = '', Value }) => [Key, Value]))).toEqual({
      'elastisys:cloudPool': 'web pool',
      'poolkeeper:resource': 'res_7',
      'poolkeeper:pool': 'web',
      Name: 'front door',
      owner: 'ann',
    });
    expect(instance).toMatchObject({ InstanceId: made.externalId, InstanceType: 't3.micro' });
    expect(await provider.observe(signal)).toMatchObject([
      {
        resource: 'res_7',
        externalId: made.externalId,
        pool: 'web',
        machine: 'RUNNING',
        marks: {},
        details: {
          cloud: 'AWS-EC2',
          region: 'eu-west-1',
          size: 't3.micro',
          requestedAt: null,
          launchedAt: instance?.LaunchTime?.getTime(),
          privateAddresses: [instance?.PrivateIpAddress],
        },
      },
    ]);
    await destroyUntilGone(provider, 'res_7');
  });

  test('a machine of others is attached, marked, found with its marks by the next provider, and let go as it was', async () => {
    using place = new Ec2Place(moto.url);
    using elsewhere = new Ec2Place(moto.url);
    await using other = await elsewhere.open({ cloudPool: 'elsewhere' });
    const { externalId } = await other.create(
      aCreateRequest('res_a', { ...template, tags: { owner: 'ann' } }),
      signal,
    );
    await using provider = await place.open({ cloudPool: 'members' });
    const member = { resource: { id: 'res_b', name: 'b', pool: 'm' }, externalId, idempotencyKey: 'k' };

    expect(await provider.members?.attach(member, signal)).toMatchObject({ resource: 'res_b', externalId });
    const marks = { membership: { active: false, evictable: false }, serviceState: 'IN_SERVICE' } as const;
    await provider.members?.mark({ ...member, marks }, signal);
    await using next = await place.open({ cloudPool: 'members' });
    expect(await next.observe(signal)).toMatchObject([{ resource: 'res_b', externalId, pool: 'm', marks }]);
    expect((await find('instance-id', externalId))[0]?.Tags).toContainEqual({
      Key: 'elastisys:membershipStatus',
      Value: '{"active":false,"evictable":false}',
    });

    await next.members?.detach(member, signal);
    expect(await next.observe(signal)).toEqual([]);
    const [left] = await find('instance-id', externalId);
    expect(left?.State?.Name).toBe('running');
    expect((left?.Tags ?? []).map(({ Key = '' }) => Key).toSorted()).toEqual(['Name', 'owner']);
    expect(await next.destroy({ ...aDestroyRequest('res_b'), externalId }, signal)).toBe('gone');
    expect(await find('instance-id', externalId)).toHaveLength(1);
  });

  test('a spot machine is asked for in the same call, and told from others', async () => {
    using place = new Ec2Place(moto.url);
    await using provider = await place.open({ cloudPool: 'spot' });
    const spot = { bidPrice: 0.05 };
    const { externalId } = await provider.create(aCreateRequest('res_s', { ...template, spot }), signal);
    const [instance] = await find('instance-id', externalId);
    expect(instance?.InstanceLifecycle).toBe('spot');
    expect(await provider.observe(signal)).toMatchObject([
      { resource: 'res_s', details: { cloud: 'AWS-SPOT' } },
    ]);
    await destroyUntilGone(provider, 'res_s');
  });

  test('what EC2 does not know is refused, or gone, with its words', async () => {
    using place = new Ec2Place(moto.url);
    await using provider = await place.open({ cloudPool: 'refused' });
    const wrong = { ...template, subnetIds: ['subnet-00000000'] };
    const creation = provider.create(aCreateRequest('res_w', wrong), signal);
    await expect(creation).rejects.toThrow(
      /InvalidSubnetID\.NotFound to RunInstances.*Correct the pool's template/,
    );
    await expect(creation).rejects.toBeInstanceOf(ProviderRefused);
    const member = {
      resource: { id: 'res_x', name: 'x', pool: 'm' },
      externalId: 'i-00000000000000000',
      idempotencyKey: 'k',
    };
    const { members } = provider;
    await expect(members?.attach(member, signal)).rejects.toBeInstanceOf(ProviderGone);
    await expect(members?.detach(member, signal)).rejects.toBeInstanceOf(ProviderGone);
    await expect(
      members?.mark({ ...member, marks: { serviceState: 'UNHEALTHY' } }, signal),
    ).rejects.toBeInstanceOf(ProviderGone);
    expect(
      await provider.destroy({ ...aDestroyRequest('res_x'), externalId: member.externalId }, signal),
    ).toBe('gone');
  });
});
