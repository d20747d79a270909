import type { JsonObject } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { openstackDriver } from '../../../providers/openstack/openstack-driver.ts';
import { readTemplate } from '../../../providers/openstack/template.ts';
import type { DriverInput } from '../cloud-driver.ts';
import { cityCloudDriver, openstackCloudDriver } from './openstack.ts';

const V2 = { tenantName: 'web', userName: 'ann', password: 'secret' };
const V3 = { userId: 'u1', projectName: 'web', projectDomainName: 'Default', password: 'secret' };
const URL_OF_KEYSTONE = 'https://cloud.example:5000/v3';

function aConfiguration(settings: JsonObject = {}, template: JsonObject = {}): DriverInput {
  return {
    name: 'web',
    cloudApiSettings: {
      auth: { keystoneUrl: URL_OF_KEYSTONE, v3Credentials: V3 },
      region: 'north',
      ...settings,
    },
    provisioningTemplate: { size: 'm1.small', image: 'debian-12', ...template },
  };
}

const check = (settings: JsonObject = {}, template: JsonObject = {}): readonly string[] =>
  openstackCloudDriver.check(aConfiguration(settings, template));

test('what is needed and missing is named in the words of that API', () => {
  const empty = { name: 'web', cloudApiSettings: {}, provisioningTemplate: {} };
  expect(openstackCloudDriver.check(empty)).toEqual([
    'cloudApiSettings: missing auth',
    'cloudApiSettings: missing region',
    'provisioningTemplate: missing size',
    'provisioningTemplate: missing image',
  ]);
  expect(check({ auth: {} })).toEqual([
    'cloudApiSettings: auth: missing keystoneUrl',
    'cloudApiSettings: auth: neither v2Credentials nor v3Credentials given',
  ]);
});

test.each<[JsonObject, string]>([
  [{ v3Credentials: V3, v2Credentials: V2 }, 'both v2Credentials and v3Credentials given: give one of them'],
  [{ v2Credentials: { ...V2, tenantName: '' } }, 'v2Credentials: missing tenantName'],
  [{ v2Credentials: 'x' }, 'v2Credentials: must be an object'],
  [{ v3Credentials: { ...V3, password: 7 } }, 'v3Credentials: password: must be a text'],
  [{ v3Credentials: { ...V3, userId: null } }, 'v3Credentials: missing userId or userName'],
  [
    { v3Credentials: { ...V3, userId: null, userName: 'ann' } },
    'v3Credentials: missing userDomainId or userDomainName',
  ],
  [
    { v3Credentials: { ...V3, projectDomainId: 'default' } },
    'v3Credentials: both projectDomainId and projectDomainName given: give one of them',
  ],
  [{ v3Credentials: V3, keystoneUrl: 'cloud.example' }, 'keystoneUrl: must be an http or https URL'],
  [
    { v3Credentials: V3, keystoneUrl: 'https://a:b@cloud.example' },
    'keystoneUrl: must be an http or https URL',
  ],
])('an auth of %j is refused', (auth, reason) => {
  const faults = check({ auth: { keystoneUrl: URL_OF_KEYSTONE, ...auth } });
  expect(faults).toEqual([expect.stringContaining(`cloudApiSettings: auth: ${reason}`)]);
});

test.each<[JsonObject, JsonObject, string]>([
  [{ connectionTimeout: 0 }, {}, 'cloudApiSettings: connectionTimeout must be positive'],
  [{ socketTimeout: '5' }, {}, 'cloudApiSettings: socketTimeout: must be a whole number of ms'],
  [{ logHttpRequests: 'yes' }, {}, 'cloudApiSettings: logHttpRequests: must be true or false'],
  [{}, { securityGroups: 'web' }, 'provisioningTemplate: securityGroups: must be a list of texts'],
  [{}, { networks: [1] }, 'provisioningTemplate: networks: must be a list of texts'],
  [{}, { encodedUserData: '#!/bin/sh' }, 'provisioningTemplate: encodedUserData: must be base64'],
  [{}, { assignFloatingIp: 'yes' }, 'provisioningTemplate: assignFloatingIp: must be true or false'],
  [{}, { tags: { rank: 1 } }, 'provisioningTemplate: tags: must be an object of texts by name'],
])('%j and %j are refused', (settings, template, reason) => {
  expect(check(settings, template)).toEqual([reason]);
});

test.each([
  [openstackCloudDriver, 'OpenStack'],
  [cityCloudDriver, 'CityCloud'],
])('what it accepts is good for the provider, with members that nobody knows', (driver, cloud) => {
  const configuration = aConfiguration(
    { socketTimeout: 5_000, unknown: 1 },
    { keyPair: 'ops', tags: null, more: [] },
  );
  expect(driver.check(configuration)).toEqual([]);
  expect(readTemplate(driver.template(configuration))).toMatchObject({
    template: { keyPair: 'ops', tags: {}, assignFloatingIp: false },
  });
  const reference = { secret: 'cloudpool-web', member: 'cloudApiSettings', revision: 2 };
  for (const settings of [configuration.cloudApiSettings, reference]) {
    const options = driver.providerOptions(configuration, settings);
    expect(options).toEqual({ settings, cloudPool: 'web', cloud });
    expect(openstackDriver.checkOptions(options)).toEqual([]);
  }
});
