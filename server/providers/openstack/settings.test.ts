import type { JsonObject } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { checkProvider, openProvider } from '../open-provider.ts';
import { aProviderContext } from '../test-context.ts';

const v3Credentials = { userId: 'u', projectId: 'p', password: 'secret' };
const v2Credentials = { tenantName: 't', userName: 'u', password: 'secret' };
const auth = { keystoneUrl: 'https://cloud.example:5000/v3', v3Credentials };
const settings = { auth, region: 'north' };
const anEntry = (more: JsonObject): JsonObject => ({ name: 'cloud', driver: 'openstack', settings, ...more });
const withAuth = (more: JsonObject): JsonObject =>
  anEntry({ settings: { ...settings, auth: { ...auth, ...more } } });

test.each([
  anEntry({}),
  anEntry({ cloudPool: 'web', cloud: 'CityCloud', interface: 'internal' }),
  anEntry({ settings: { secret: 'cloudpool-web', member: 'cloudApiSettings' } }),
  anEntry({
    settings: { ...settings, connectionTimeout: 5_000, socketTimeout: 1, logHttpRequests: true, more: 1 },
  }),
  withAuth({ v3Credentials: undefined as never, v2Credentials }),
])('%j is right', (given) => {
  expect(checkProvider(JSON.parse(JSON.stringify(given)) as JsonObject)).toEqual([]);
});

test.each([
  [anEntry({ settings: 'x' }), '/settings'],
  [anEntry({ settings: { ...settings, region: '' } }), '/settings/region'],
  [anEntry({ settings: { ...settings, socketTimeout: 0 } }), '/settings/socketTimeout'],
  [anEntry({ settings: { ...settings, connectionTimeout: '5s' } }), '/settings/connectionTimeout'],
  [anEntry({ settings: { ...settings, logHttpRequests: 'yes' } }), '/settings/logHttpRequests'],
  [anEntry({ cloudPool: '' }), '/cloudPool'],
  [anEntry({ cloud: 'Rackspace' }), '/cloud'],
  [anEntry({ interface: 'private' }), '/interface'],
  [anEntry({ password: 'x' }), '/password'],
  [withAuth({ keystoneUrl: 'cloud.example' }), '/settings/auth/keystoneUrl'],
  [withAuth({ keystoneUrl: 'https://me:pass@cloud.example' }), '/settings/auth/keystoneUrl'],
  [withAuth({ v2Credentials }), '/settings/auth'],
  [anEntry({ settings: { region: 'north', auth: { keystoneUrl: auth.keystoneUrl } } }), '/settings/auth'],
  [withAuth({ v3Credentials: { userId: 'u', projectId: 'p' } }), '/settings/auth/v3Credentials/password'],
  [withAuth({ v3Credentials: { projectId: 'p', password: 'x' } }), '/settings/auth/v3Credentials'],
  [
    withAuth({ v3Credentials: { userName: 'u', projectId: 'p', password: 'x' } }),
    '/settings/auth/v3Credentials',
  ],
  [
    withAuth({ v3Credentials: { ...v3Credentials, projectId: undefined as never, projectName: 'p' } }),
    '/settings/auth/v3Credentials',
  ],
])('%j is wrong at %s, and its values are not shown', (given, pointer) => {
  const faults = checkProvider(JSON.parse(JSON.stringify(given)) as JsonObject);
  expect(faults.map((fault) => fault.pointer)).toEqual([pointer]);
  expect(JSON.stringify(faults)).not.toContain('secret"');
});

test.each([
  [{ secret: 'openstack' }, settings],
  [
    { secret: 'web', member: 'cloudApiSettings' },
    { name: 'web', cloudApiSettings: settings },
  ],
])('settings that stand in a secret (%j) are opened with the provider', async (reference, held) => {
  const context = aProviderContext({ openSecret: () => Promise.resolve(JSON.stringify(held)) });
  const entry = { name: 'cloud', driver: 'openstack', cloudPool: 'web', settings: reference };
  await using provider = await openProvider(entry, context);
  expect(provider.driver).toBe('openstack');
});

test('settings in a secret that are wrong are said by member, without what the secret holds', async () => {
  const held = { auth: { keystoneUrl: 'pass-word', v3Credentials }, region: 'north' };
  const context = aProviderContext({ openSecret: () => Promise.resolve(JSON.stringify(held)) });
  const entry = { name: 'cloud', driver: 'openstack', settings: { secret: 'openstack' } };
  const opening = openProvider(entry, context);
  await expect(opening).rejects.toThrow(/^Provider "cloud" cannot be opened\..*settings\/auth\/keystoneUrl/);
  await expect(opening).rejects.not.toThrow('pass-word');
});
