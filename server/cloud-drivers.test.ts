import type { JsonObject } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { cloudDrivers } from './cloud-drivers.ts';

const configuration = (cloudApiSettings: JsonObject, provisioningTemplate: JsonObject = {}) => ({
  name: 'web',
  cloudApiSettings,
  provisioningTemplate,
});

test('a configuration chooses its driver by what it names, where the server was told none', () => {
  const { driver: usual, chooseDriver } = cloudDrivers({ driver: null, cloudUrl: null });
  const chosen = (...of: Parameters<typeof configuration>) => chooseDriver?.(configuration(...of)).driver;
  expect(usual.driver).toBe('simulated');
  expect(chosen({ awsAccessKeyId: 'x' })).toBe('ec2');
  expect(chosen({ auth: { keystoneUrl: 'http://k' } })).toBe('openstack');
  expect(chosen({}, { command: ['sleep', '9'] })).toBe('process');
  expect(chosen({ url: 'http://c' })).toBe('simulated');
  expect(chosen({})).toBe('simulated');
});

test('the driver that the server was told wins over what a configuration names', () => {
  const { driver: told, chooseDriver } = cloudDrivers({ driver: 'ec2', cloudUrl: null });
  expect([told.driver, chooseDriver]).toEqual(['ec2', undefined]);
});

test('the address of the cloud is filled in where settings name none', () => {
  const { driver: told } = cloudDrivers({ driver: 'simulated', cloudUrl: 'http://a' });
  expect(told.check(configuration({}))).toEqual([]);
  expect(told.providerOptions(configuration({}), {})).toMatchObject({ url: 'http://a' });
  expect(told.providerOptions(configuration({ url: 'http://b' }), {})).toMatchObject({ url: 'http://b' });
});
