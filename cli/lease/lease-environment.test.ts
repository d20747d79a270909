import type { Lease } from '@poolkeeper/client';
import { expect, test } from 'vitest';
import { leaseEnvironment, variablePart } from './lease-environment.ts';

type LeasedResource = Lease['resources'][number];

const aResource = (overrides: Partial<LeasedResource> = {}): LeasedResource => ({
  id: 'res_1',
  name: 'web-1',
  pool: 'web',
  kind: 'machine',
  epoch: 3,
  addresses: [],
  endpoints: {},
  labels: {},
  params: {},
  ...overrides,
});

test('names become parts of variables', () => {
  expect(['http', 'web-ui', 'a.b/c', 'é'].map(variablePart)).toEqual(['HTTP', 'WEB_UI', 'A_B_C', '_']);
});

test('one resource has the plain names', () => {
  const resource = aResource({
    addresses: ['10.0.0.7', 'fd00::7'],
    endpoints: { http: 'http://10.0.0.7' },
    labels: { 'rack/row': 'r1' },
    params: { ram: 8, ssd: true, disks: [1, 2], note: 'a b' },
  });
  expect(leaseEnvironment({ HOME: '/home' }, { id: 'lse_1', resources: [resource] })).toEqual({
    HOME: '/home',
    POOLKEEPER_LEASE_ID: 'lse_1',
    POOLKEEPER_RESOURCE_ID: 'res_1',
    POOLKEEPER_RESOURCE_NAME: 'web-1',
    POOLKEEPER_RESOURCE_POOL: 'web',
    POOLKEEPER_RESOURCE_KIND: 'machine',
    POOLKEEPER_RESOURCE_EPOCH: '3',
    POOLKEEPER_ADDRESS: '10.0.0.7',
    POOLKEEPER_ADDRESSES: '10.0.0.7 fd00::7',
    POOLKEEPER_ENDPOINT_HTTP: 'http://10.0.0.7',
    POOLKEEPER_LABEL_RACK_ROW: 'r1',
    POOLKEEPER_PARAM_RAM: '8',
    POOLKEEPER_PARAM_SSD: 'true',
    POOLKEEPER_PARAM_NOTE: 'a b',
    POOLKEEPER_RESOURCES: JSON.stringify([resource]),
  });
});

test('of several resources each has numbered names beside those of the first', () => {
  const resources = [aResource(), aResource({ id: 'res_2', endpoints: { http: 'http://b' } })];
  expect(leaseEnvironment({}, { id: 'lse_1', resources })).toMatchObject({
    POOLKEEPER_RESOURCE_ID: 'res_1',
    POOLKEEPER_1_RESOURCE_ID: 'res_1',
    POOLKEEPER_2_RESOURCE_ID: 'res_2',
    POOLKEEPER_2_ENDPOINT_HTTP: 'http://b',
  });
});

test('a lease inside of another one inherits nothing of it, but the way to the server', () => {
  const outer = leaseEnvironment(
    { POOLKEEPER_TOKEN: 'pk_1', POOLKEEPER_URL: 'http://a' },
    {
      id: 'lse_1',
      resources: [aResource({ endpoints: { http: 'http://a' }, addresses: ['a'] }), aResource()],
    },
  );
  expect(Object.keys(leaseEnvironment(outer, { id: 'lse_2', resources: [] })).toSorted()).toEqual([
    'POOLKEEPER_LEASE_ID',
    'POOLKEEPER_RESOURCES',
    'POOLKEEPER_TOKEN',
    'POOLKEEPER_URL',
  ]);
});

test('where two names become one variable the first of the alphabet has it', () => {
  const resource = aResource({ endpoints: { web_ui: 'second', 'web-ui': 'first' } });
  expect(leaseEnvironment({}, { id: 'lse_1', resources: [resource] })['POOLKEEPER_ENDPOINT_WEB_UI']).toBe(
    'first',
  );
});

test('a thousand large resources make no environment that a command cannot be started with', () => {
  const resources = Array.from({ length: 1_000 }, () => aResource({ params: { text: 'x'.repeat(4_000) } }));
  const environment = leaseEnvironment({}, { id: 'lse_1', resources });
  const sizes = Object.entries(environment).map(([name, value]) => name.length + value.length);
  expect(Math.max(...sizes)).toBeLessThan(128 * 1_024);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_024 * 1_024);
  expect(environment['POOLKEEPER_RESOURCES']).toBeUndefined();
});

test('what a variable cannot hold is left out', () => {
  const environment = leaseEnvironment(
    {},
    { id: 'lse_1', resources: [aResource({ params: { bad: 'a\0b', good: 'c' } })] },
  );
  expect(environment['POOLKEEPER_PARAM_BAD']).toBeUndefined();
  expect(environment['POOLKEEPER_PARAM_GOOD']).toBe('c');
});

test('credentials have variables of their own, in no JSON, and are not inherited by a lease inside', () => {
  const resources = [aResource(), aResource({ id: 'res_2', name: 'web-2' })];
  const credentials = [{ id: 'res_2', name: 'web-2', pool: 'web', epoch: 3, values: { apikey: 'tiger' } }];
  const environment = leaseEnvironment({}, { id: 'lse_1', resources }, credentials);
  expect(environment['POOLKEEPER_2_CREDENTIAL_APIKEY']).toBe('tiger');
  expect(environment).not.toHaveProperty('POOLKEEPER_CREDENTIAL_APIKEY');
  expect(environment['POOLKEEPER_RESOURCES']).not.toContain('tiger');
  const inner = leaseEnvironment(environment, { id: 'lse_2', resources: [] });
  expect(JSON.stringify(inner)).not.toContain('tiger');
});
