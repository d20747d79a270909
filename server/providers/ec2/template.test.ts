import type { Json, JsonObject } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { runInput } from './run-input.ts';
import { readTemplate } from './template.ts';
import type { Ec2Template } from './template.ts';

const TEMPLATE: JsonObject = {
  instanceType: 'm5.large',
  amiId: 'ami-0123456789abcdef0',
  subnetIds: ['subnet-0a'],
};
const RESOURCE = { id: 'res_1', name: 'web-1', pool: 'web', kind: 'machine' };

function read(members: JsonObject = {}): Ec2Template {
  const checked = readTemplate({ ...TEMPLATE, ...members });
  if ('faults' in checked) throw new Error(JSON.stringify(checked.faults));
  return checked.template;
}

test('a template of what is needed leaves the rest to EC2', () => {
  const { TagSpecifications, ...input } = runInput(RESOURCE, read(), 'mark');
  expect(input).toEqual({
    MinCount: 1,
    MaxCount: 1,
    ImageId: 'ami-0123456789abcdef0',
    InstanceType: 'm5.large',
    EbsOptimized: false,
    NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: 'subnet-0a', AssociatePublicIpAddress: false }],
  });
  expect(TagSpecifications?.[0]?.ResourceType).toBe('instance');
});

test('all that a template says is asked for', () => {
  const template = read({
    assignPublicIp: true,
    ebsOptimized: true,
    keyPair: 'ops',
    iamInstanceProfileARN: 'arn:aws:iam::123456789012:instance-profile/web',
    securityGroupIds: ['sg-1', 'sg-2'],
    encodedUserData: 'ZWNobw==',
    spot: { bidPrice: '0.05' },
  });
  expect(runInput(RESOURCE, template, 'mark')).toMatchObject({
    EbsOptimized: true,
    KeyName: 'ops',
    IamInstanceProfile: { Arn: 'arn:aws:iam::123456789012:instance-profile/web' },
    UserData: 'ZWNobw==',
    NetworkInterfaces: [{ AssociatePublicIpAddress: true, Groups: ['sg-1', 'sg-2'] }],
    InstanceMarketOptions: {
      MarketType: 'spot',
      SpotOptions: {
        SpotInstanceType: 'one-time',
        InstanceInterruptionBehavior: 'terminate',
        MaxPrice: '0.050000',
      },
    },
  });
});

test('spot without a price pays what it costs, at most what it costs on demand', () => {
  const { InstanceMarketOptions } = runInput(RESOURCE, read({ spot: {} }), 'mark');
  expect(InstanceMarketOptions?.SpotOptions).not.toHaveProperty('MaxPrice');
});

test.each<[string, Json, string]>([
  ['image', 'ami-1', '"image" is not known: name it "amiId".'],
  ['bidPrice', 1, '"bidPrice" is not known here: name it "spot": {"bidPrice": …}.'],
  ['keyPair', '', 'The name of a key pair is needed.'],
  ['iamInstanceProfileARN', 'web', 'An ARN such as'],
  ['securityGroupIds', 'sg-1', 'A list of 0 to 16 ids of security groups'],
  ['encodedUserData', 'QUJD'.repeat(6_000), 'At most 16 KiB'],
  ['tags', { 'aws:owner': 'x' }, 'AWS’s own'],
  ['tags', { 'poolkeeper:resource': 'x' }, 'is set for each machine'],
  ['tags', { rank: 1 }, 'put numbers in quotes'],
  ['spot', true, 'An object such as'],
  ['spot', { bidPrice: -1 }, 'A price of an hour is needed'],
  ['spot', { bidPrice: 0.000_000_1 }, 'A price of an hour is needed'],
  ['spot', { price: 1 }, '"price" is not known. Allowed: bidPrice.'],
  ['params', 'all', 'An object is needed.'],
])('%s: %j is refused with what is needed', (name, value, message) => {
  const checked = readTemplate({ ...TEMPLATE, [name]: value });
  const faults = 'faults' in checked ? checked.faults : [];
  expect(faults).toHaveLength(1);
  expect(faults[0]?.pointer.startsWith(`/${name}`)).toBe(true);
  expect(faults[0]?.message).toContain(message);
});
