import { describe, expect, test } from 'vitest';
import { checkProvider, openProvider } from '../open-provider.ts';
import { aProviderContext } from '../test-context.ts';
import { handProviderContract } from '../contract-suite.ts';
import { addressOf } from './services.ts';
import { readSettings } from './settings.ts';

const faultsOf = (options: object): readonly { pointer: string; message: string }[] =>
  checkProvider({ name: 'ibm', driver: 'ibm-account', ...options });

handProviderContract('the provider of IBM Cloud accounts', () =>
  openProvider({ name: 'ibm', driver: 'ibm-account' }, aProviderContext()),
);

describe('options', () => {
  test.each([
    {},
    { regions: ['us-south'], denyAccounts: ['0123'], requireServices: ['vpc'], concurrency: 1, dryRun: true },
    { addresses: { vpc: 'https://{region}.private.iaas.cloud.ibm.com', functions: null }, lockKeys: true },
    {
      passwordAccounts: 'leave',
      keyExpiryMin: '2d',
      timeouts: { answer: '20s', phase: '5m', clusters: '2h' },
    },
  ])('%j are right', (options) => {
    expect(faultsOf(options)).toEqual([]);
  });

  test.each([
    [{ region: 'x' }, '/region'],
    [{ regions: 'us-south' }, '/regions'],
    [{ regions: ['a.example/'] }, '/regions'],
    [{ denyAccounts: [7] }, '/denyAccounts'],
    [{ requireServices: ['vcp'] }, '/requireServices'],
    [{ concurrency: 0 }, '/concurrency'],
    [{ dryRun: 'yes' }, '/dryRun'],
    [{ passwordAccounts: 'keep' }, '/passwordAccounts'],
    [{ keyExpiryMin: 7 }, '/keyExpiryMin'],
    [{ timeouts: { phase: 'soon' } }, '/timeouts/phase'],
    [{ timeouts: { other: '1m' } }, '/timeouts/other'],
    [{ timeouts: '1m' }, '/timeouts'],
    [{ addresses: { vcp: 'https://x.example' } }, '/addresses/vcp'],
    [{ addresses: { vpc: 'https://me:secret@x.example' } }, '/addresses/vpc'],
    [{ addresses: { iam: null } }, '/addresses/iam'],
    [{ addresses: [] }, '/addresses'],
  ])('%j are wrong at %s', (options, pointer) => {
    const faults = faultsOf(options);
    expect(faults.map((fault) => fault.pointer)).toEqual([pointer]);
    expect(JSON.stringify(faults)).not.toContain('secret');
  });

  test('by default every region is looked at, and each service where it is offered', () => {
    const checked = readSettings({});
    if ('faults' in checked) throw new Error('the defaults are wrong');
    const { addresses, regions } = checked.settings;
    expect(regions).toContain('jp-tok');
    expect(addressOf(addresses, 'vpc', 'jp-tok')).toBe('https://jp-tok.iaas.cloud.ibm.com');
    expect(addressOf(addresses, 'power', 'jp-tok')).toBe('https://tok.power-iaas.cloud.ibm.com');
    expect(addressOf(addresses, 'registry', 'us-south')).toBe('https://us.icr.io');
    expect(addressOf(addresses, 'registry', 'us-east')).toBeUndefined();
    expect(addressOf(addresses, 'functions', 'us-south')).toBeUndefined();
  });
});
