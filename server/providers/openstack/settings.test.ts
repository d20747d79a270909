import type { JsonObject } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { checkProvider } from '../open-provider.ts';
import { aProviderContext } from '../test-context.ts';
import { openProvider } from '../open-provider.ts';

const v3Credentials = { userId: 'u', projectId: 'p', password: 'secret' };
const v2Credentials = { tenantName: 't', userName: 'u', password: 'secret' };
const auth = { keystoneUrl: 'https://cloud.example:5000/v3', v3Credentials };
const settings = { auth, region: 'north' };
const entry = (more: JsonObject): JsonObject => ({ name: 'cloud', driver: 'openstack', settings, ...more });
const withAuth = (more: JsonObject): JsonObject =>
  entry({ settings: { ...settings, auth: { ...auth, ...more } } });

test.each([
  entry({}),
  entry({ cloudPool: 'web', cloud: 'CityCloud', interface: 'internal' }),
  entry({ settings: { secret: 'cloudpool-web', member: 'cloudApiSettings' } }),
  entry({
    settings: { ...settings, connectionTimeout: 5_000, socketTimeout: 1, logHttpRequests: true, more: 1 },
  }),
  withAuth({ v3Credentials: undefined as never, v2Credentials }),
])('%j is right', (given) => {
  expect(checkProvider(JSON.parse(JSON.stringify(given)) as JsonObject)).toEqual([]);
});

test.each([
  [entry({ settings: 'x' }), '/settings'],
  [entry({ settings: { ...settings, region: '' } }), '/settings/region'],
  [entry({ settings: { ...settings, socketTimeout: 0 } }), '/settings/socketTimeout'],
  [entry({ settings: { ...settings, connectionTimeout: '5s' } }), '/settings/connectionTimeout'],
  [entry({ settings: { ...settings, logHttpRequests: 'yes' } }), '/settings/logHttpRequests'],
  [entry({ cloudPool: '' }), '/cloudPool'],
  [entry({ cloud: 'Rackspace' }), '/cloud'],
  [entry({ interface: 'private' }), '/interface'],
  [entry({ password: 'x' }), '/password'],
  [withAuth({ keystoneUrl: 'cloud.example' }), '/settings/auth/keystoneUrl'],
  [withAuth({ keystoneUrl: 'https://me:pass@cloud.example' }), '/settings/auth/keystoneUrl'],
  [withAuth({ v2Credentials }), '/settings/auth'],
  [entry({ settings: { region: 'north', auth: { keystoneUrl: auth.keystoneUrl } } }), '/settings/auth'],
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

test('settings that stand in a secret nobody opened cannot be used', async () => {
  const opening = openProvider(
    { name: 'cloud', driver: 'openstack', cloudPool: 'web', settings: { secret: 'cloudpool-web' } },
    aProviderContext(),
  );
  await expect(opening).rejects.toThrow(/^Provider "cloud" cannot be opened\..*settings\/region/);
});
