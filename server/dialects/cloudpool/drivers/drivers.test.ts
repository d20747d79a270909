import type { JsonObject } from '@poolkeeper/core';
import { describe, expect, test } from 'vitest';
import { checkProvider } from '../../../providers/open-provider.ts';
import { readTemplate as readProcess } from '../../../providers/process/template.ts';
import { readTemplate as readSimulated } from '../../../providers/simulated/template.ts';
import type { DriverInput } from '../cloud-driver.ts';
import { processCloudDriver } from './process.ts';
import { createSimulatedCloudDriver } from './simulated.ts';

const URL = 'http://127.0.0.1:9100';
const REFERENCE = { secret: 'upkeep-1', member: 'cloudApiSettings', revision: 1 };

function aConfiguration(
  cloudApiSettings: JsonObject = {},
  provisioningTemplate: JsonObject = {},
): DriverInput {
  return { name: 'web', cloudApiSettings, provisioningTemplate };
}

describe('simulated', () => {
  const driver = createSimulatedCloudDriver(null);
  const full = {
    size: 'large',
    region: 'north-1',
    tags: { owner: 'ann' },
    bootTime: '2s',
    answerAfter: '10ms',
  };

  test('takes what it knows, passes over the rest, and makes a provider and a template that are taken', () => {
    const input = aConfiguration({ url: URL, key: 7 }, { ...full, image: 'debian', keyPair: null });
    expect(driver.check(input)).toEqual([]);
    const options = driver.providerOptions(input, REFERENCE);
    expect(options).toEqual({ url: URL, cloudPool: 'web' });
    expect(checkProvider({ name: 'web', driver: driver.driver, ...options })).toEqual([]);
    expect(driver.template(input)).toEqual(full);
    expect(readSimulated(driver.template(input))).not.toHaveProperty('faults');
  });

  test('an address in the configuration goes over the one of the server, and one of both is needed', () => {
    const served = createSimulatedCloudDriver('http://10.0.0.1:1');
    expect(served.check(aConfiguration())).toEqual([]);
    expect(served.providerOptions(aConfiguration(), REFERENCE)).toEqual({
      url: 'http://10.0.0.1:1',
      cloudPool: 'web',
    });
    expect(served.providerOptions(aConfiguration({ url: URL }), REFERENCE)).toMatchObject({ url: URL });
    expect(driver.check(aConfiguration())).toEqual([
      'cloudApiSettings.url: missing; name the address of a cloud simulator here, or start the server with --cloud URL',
    ]);
  });

  test.each(['nowhere', 7, 'ftp://a', 'http://ann:pw@a', `${URL}?a=1`])('no address: %j', (url) => {
    expect(driver.check(aConfiguration({ url }))).toEqual([
      expect.stringMatching(/^cloudApiSettings\.url: must be/),
    ]);
  });

  test.each<[string, JsonObject]>([
    ['size', { size: 7 }],
    ['region', { region: '' }],
    ['tags', { tags: { 'poolkeeper-world': 'x' } }],
    ['tags', { tags: { rank: 1 } }],
    ['bootTime', { bootTime: '1h' }],
    ['answerAfter', { answerAfter: 5 }],
  ])('%s is refused with its path, as the provider refuses it: %j', (name, template) => {
    expect(driver.check(aConfiguration({ url: URL }, template))).toEqual([
      expect.stringMatching(new RegExp(`^provisioningTemplate\\.${name}: must be `)),
    ]);
    expect(readSimulated(template)).toHaveProperty('faults');
  });
});

describe('process', () => {
  test('takes what it knows, passes over the rest, and makes a provider and a template that are taken', () => {
    const ports = { from: 21_000, to: 21_010 };
    const template = {
      command: ['node', 'server.js'],
      env: { MODE: 'test' },
      ready: { http: '/' },
      readyTimeout: '5s',
    };
    const input = aConfiguration({ ports, region: 'x' }, { ...template, size: 'large' });
    expect(processCloudDriver.check(input)).toEqual([]);
    const options = processCloudDriver.providerOptions(input, REFERENCE);
    expect(options).toEqual({ ports });
    expect(checkProvider({ name: 'web', driver: 'process', ...options })).toEqual([]);
    expect(processCloudDriver.template(input)).toEqual(template);
    expect(readProcess(processCloudDriver.template(input))).not.toHaveProperty('faults');
  });

  test.each<[JsonObject, JsonObject, string]>([
    [{}, {}, 'provisioningTemplate.command: missing'],
    [{}, { command: 'node' }, 'provisioningTemplate.command: must be a list of texts'],
    [{}, { command: [], env: {} }, 'provisioningTemplate.command: must be a list of texts'],
    [{}, { command: ['a'], env: { A: 1 } }, 'provisioningTemplate.env: must be an object of texts by name'],
    [{}, { command: ['a'], ready: 'http' }, 'provisioningTemplate.ready: must be an object'],
    [
      {},
      { command: ['a'], stopTimeout: 5 },
      'provisioningTemplate.stopTimeout: must be a duration such as "30s"',
    ],
    [
      { baseDirectory: 7 },
      { command: ['a'] },
      'cloudApiSettings.baseDirectory: must be the path of a folder',
    ],
    [
      { ports: { from: 9, to: 1 } },
      { command: ['a'] },
      'cloudApiSettings.ports: must be {"from", "to"}, ports from 1024 to 65535',
    ],
  ])('%j with %j is refused: %s', (settings, template, fault) => {
    expect(processCloudDriver.check(aConfiguration(settings, template))).toEqual([fault]);
  });
});
