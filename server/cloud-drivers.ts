import type { JsonObject } from '@poolkeeper/core';
import type { CloudDriverKind, CloudpoolSettings } from './config/cloudpool-settings.ts';
import type { CloudDriver, DriverInput } from './dialects/cloudpool/cloud-driver.ts';

/** The drivers of a server: `driver` for what names no cloud, `chooseDriver` for what may name one. */
export type CloudDrivers = {
  readonly driver: CloudDriver;
  readonly chooseDriver?: (configuration: DriverInput) => CloudDriver;
};

/**
 * The driver that the server was told to use; else the one that fits what a configuration names. A server of the original had one driver,
 * by what it was built of.
 */
export function cloudDrivers(
  known: Readonly<Record<CloudDriverKind, CloudDriver>>,
  { driver: kind, cloudUrl }: Pick<CloudpoolSettings, 'driver' | 'cloudUrl'>,
): CloudDrivers {
  const all = cloudUrl === null ? known : { ...known, simulated: withUrl(known.simulated, cloudUrl) };
  if (kind !== null) return { driver: all[kind] };
  return { driver: all.simulated, chooseDriver: (configuration) => all[kindOf(configuration)] };
}

/** Each cloud asks for settings that no other has. */
function kindOf({ cloudApiSettings, provisioningTemplate }: DriverInput): CloudDriverKind {
  const has = (document: JsonObject, member: string): boolean => document[member] !== undefined;
  if (has(cloudApiSettings, 'awsAccessKeyId') || has(cloudApiSettings, 'awsSecretAccessKey')) return 'ec2';
  if (has(cloudApiSettings, 'auth')) return 'openstack';
  if (has(provisioningTemplate, 'command') && !has(cloudApiSettings, 'url')) return 'process';
  return 'simulated';
}

/** Fills in the address of the cloud where settings name none. */
function withUrl(driver: CloudDriver, url: string): CloudDriver {
  const filled = (configuration: DriverInput): DriverInput => {
    return { ...configuration, cloudApiSettings: { url, ...configuration.cloudApiSettings } };
  };
  return {
    ...driver,
    check: (configuration) => driver.check(filled(configuration)),
    providerOptions: (configuration, settings) => driver.providerOptions(filled(configuration), settings),
    template: (configuration) => driver.template(filled(configuration)),
  };
}
