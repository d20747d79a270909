import type { JsonObject } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { ec2Driver } from '../../../providers/ec2/ec2-driver.ts';
import { readTemplate } from '../../../providers/ec2/template.ts';
import type { DriverInput } from '../cloud-driver.ts';
import { ec2CloudDriver } from './ec2.ts';

const SETTINGS = { awsAccessKeyId: 'AKIDEXAMPLE', awsSecretAccessKey: 'secret', region: 'eu-west-1' };
const TEMPLATE = { instanceType: 'm5.large', amiId: 'ami-0123456789abcdef0', subnetIds: ['subnet-0a'] };

function aConfiguration(settings: JsonObject = {}, template: JsonObject = {}): DriverInput {
  return {
    name: 'web',
    cloudApiSettings: { ...SETTINGS, ...settings },
    provisioningTemplate: { ...TEMPLATE, ...template },
  };
}

const check = (settings: JsonObject = {}, template: JsonObject = {}): readonly string[] =>
  ec2CloudDriver.check(aConfiguration(settings, template));

test('what is needed and missing is named in the words of that API', () => {
  const empty = { name: 'web', cloudApiSettings: {}, provisioningTemplate: {} };
  expect(ec2CloudDriver.check(empty)).toEqual([
    'cloudApiSettings: missing awsAccessKeyId',
    'cloudApiSettings: missing awsSecretAccessKey',
    'cloudApiSettings: missing region',
    'provisioningTemplate: missing instanceType',
    'provisioningTemplate: missing amiId',
    'provisioningTemplate: missing subnetIds',
  ]);
});

test.each<[JsonObject, JsonObject, string]>([
  [{ region: 7 }, {}, 'cloudApiSettings: region: must be a text'],
  [{ connectionTimeout: 0 }, {}, 'cloudApiSettings: connectionTimeout must be positive'],
  [{ socketTimeout: '5' }, {}, 'cloudApiSettings: socketTimeout: must be a whole number of ms'],
  [{ bidPrice: 0 }, {}, 'cloudApiSettings: bidPrice must be > 0, set to 0'],
  [{ bidPrice: '0.0000001' }, {}, 'cloudApiSettings: bidPrice must be > 0, set to "0.0000001"'],
  [{}, { instanceType: 'large' }, 'provisioningTemplate: unrecognized instanceType: large'],
  [{}, { subnetIds: [] }, 'provisioningTemplate: at least one subnet id must be specified'],
  [{}, { subnetIds: 'subnet-0a' }, 'provisioningTemplate: subnetIds: must be a list of texts'],
  [{}, { assignPublicIp: 'yes' }, 'provisioningTemplate: assignPublicIp: must be true or false'],
  [{}, { encodedUserData: '#!/bin/sh' }, 'provisioningTemplate: encodedUserData: must be base64'],
  [{}, { tags: { rank: 1 } }, 'provisioningTemplate: tags: must be an object of texts by name'],
  [
    {},
    { amiId: null, image: 'ami-1' },
    'provisioningTemplate: missing amiId ("image" is not known: name it "amiId")',
  ],
])('%j and %j are refused', (settings, template, reason) => {
  expect(check(settings, template)).toEqual([reason]);
});

test('what it accepts is good for the provider, without tags and with members that nobody knows', () => {
  const template = { tags: null, keyPair: 'ops', extensions: { nothing: true } };
  const configuration = aConfiguration({ bidReplacementPeriod: 60, unknown: 1 }, template);
  expect(ec2CloudDriver.check(configuration)).toEqual([]);
  expect(readTemplate(ec2CloudDriver.template(configuration))).toMatchObject({
    template: { keyPair: 'ops', tags: {}, spot: null, assignPublicIp: false },
  });
  const reference = { secret: 'cloudpool-web', member: 'cloudApiSettings', revision: 2 };
  for (const settings of [configuration.cloudApiSettings, reference]) {
    const options = ec2CloudDriver.providerOptions(configuration, settings);
    expect(options).toEqual({ settings, cloudPool: 'web' });
    expect(ec2Driver.checkOptions(options)).toEqual([]);
  }
});

test('a configuration of a spot pool makes spot machines at its price', () => {
  const configuration = aConfiguration({ bidPrice: '0.0520001', danglingInstanceCleanupPeriod: 120 });
  expect(ec2CloudDriver.check(configuration)).toEqual([]);
  expect(readTemplate(ec2CloudDriver.template(configuration))).toMatchObject({
    template: { spot: { bidPrice: '0.052000' } },
  });
});
