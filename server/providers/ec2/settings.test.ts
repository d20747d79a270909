import type { JsonObject } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { checkProvider, openProvider } from '../open-provider.ts';
import { aProviderContext } from '../test-context.ts';
import { readSettings } from './settings.ts';

const SETTINGS: JsonObject = {
  awsAccessKeyId: 'AKIDEXAMPLE',
  awsSecretAccessKey: 'not-to-be-said',
  region: 'eu-west-1',
};
const check = (options: JsonObject) => checkProvider({ name: 'aws', driver: 'ec2', ...options });

test.each<[JsonObject]>([
  [{ settings: SETTINGS }],
  [
    {
      settings: { ...SETTINGS, connectionTimeout: 5_000, socketTimeout: null, unknown: true },
      cloudPool: 'web',
    },
  ],
  [{ settings: { secret: 'aws-keys' } }],
  [{ settings: { secret: 'cloudpool-web', member: 'cloudApiSettings', revision: 3 }, cloudPool: 'web' }],
])('%j is right', (options) => {
  expect(check(options)).toEqual([]);
});

test.each<[JsonObject, string]>([
  [{}, '/settings'],
  [{ settings: 'not-to-be-said' }, '/settings'],
  [{ settings: { ...SETTINGS, awsAccessKeyId: null } }, '/settings/awsAccessKeyId'],
  [{ settings: { ...SETTINGS, awsSecretAccessKey: ['not-to-be-said'] } }, '/settings/awsSecretAccessKey'],
  [{ settings: { ...SETTINGS, region: 'eu west' } }, '/settings/region'],
  [{ settings: { ...SETTINGS, connectionTimeout: 0 } }, '/settings/connectionTimeout'],
  [{ settings: { ...SETTINGS, socketTimeout: 1.5 } }, '/settings/socketTimeout'],
  [{ settings: { ...SETTINGS, endpoint: 'ftp://x' } }, '/settings/endpoint'],
  [{ settings: { ...SETTINGS, endpoint: 'http://me:not-to-be-said@x' } }, '/settings/endpoint'],
  [{ settings: SETTINGS, cloudPool: '' }, '/cloudPool'],
  [{ settings: SETTINGS, region: 'eu-west-1' }, '/region'],
])('%j is refused by member, without a word of what is secret', (options, pointer) => {
  const faults = check(options);
  expect(faults.map((fault) => fault.pointer)).toEqual([pointer]);
  expect(JSON.stringify(faults)).not.toContain('not-to-be-said');
});

test('who waits for a spot machine is given less time, unless it is said', () => {
  const timeouts = (more: JsonObject): unknown => readSettings({ ...SETTINGS, ...more });
  expect(timeouts({})).toMatchObject({ settings: { connectionTimeout: 60_000, socketTimeout: 60_000 } });
  expect(timeouts({ bidPrice: '0.05', socketTimeout: 5_000 })).toMatchObject({
    settings: { connectionTimeout: 10_000, socketTimeout: 5_000 },
  });
});

test('settings come from a secret, and what is wrong about them is said when the provider is opened', async () => {
  const entry = { name: 'aws', driver: 'ec2', cloudPool: 'web', settings: { secret: 'aws-keys' } };
  const open = (value: JsonObject) =>
    openProvider(entry, aProviderContext({ openSecret: () => Promise.resolve(JSON.stringify(value)) }));
  await using provider = await open(SETTINGS);
  expect(provider.driver).toBe('ec2');
  await expect(open({ ...SETTINGS, awsAccessKeyId: null })).rejects.toThrow(
    /cannot be opened.*\/settings\/awsAccessKeyId: awsAccessKeyId is needed/,
  );
});
