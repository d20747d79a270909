import type { JsonObject } from '@poolkeeper/core';
import type { CloudDriverKind, CloudpoolSettings } from './config/cloudpool-settings.ts';
import type { CloudDriver, DriverInput } from './dialects/cloudpool/cloud-driver.ts';
import { ec2CloudDriver } from './dialects/cloudpool/drivers/ec2.ts';
import { openstackCloudDriver } from './dialects/cloudpool/drivers/openstack.ts';
import { processCloudDriver } from './dialects/cloudpool/drivers/process.ts';
import { createSimulatedCloudDriver } from './dialects/cloudpool/drivers/simulated.ts';

/** What a server was told of clouds. */
type Told = Pick<CloudpoolSettings, 'driver' | 'cloudUrl'>;

/** The drivers of a server: `driver` for what names no cloud, `chooseDriver` for what may name one. */
export type CloudDrivers = {
  readonly driver: CloudDriver;
  readonly chooseDriver?: (configuration: DriverInput) => CloudDriver;
};

/**
 * The driver that the server was told to use; else the one that fits what a configuration names. A server of the original had one driver,
 * by what it was built of.
 */
export function cloudDrivers({ driver: kind, cloudUrl }: Told): CloudDrivers {
  const all: Readonly<Record<CloudDriverKind, CloudDriver>> = {
    simulated: createSimulatedCloudDriver(cloudUrl),
    process: processCloudDriver,
    ec2: ec2CloudDriver,
    openstack: openstackCloudDriver,
  };
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
