import type { Instance } from '@aws-sdk/client-ec2';
import type {
  JsonObject,
  Listed,
  Liveness,
  MachineDetails,
  MachineState,
  Observation,
} from '@poolkeeper/core';
import { POOL_TAG, RESOURCE_TAG, marksOfTags } from './tags.ts';
import type { Tags } from './tags.ts';

/** A machine of EC2 as far as a provider needs it. */
export type Ec2Instance = {
  readonly id: string;
  readonly state: MachineState;
  readonly tags: Tags;
  readonly details: MachineDetails;
};

/** What is stopped counts as over: nobody but a person starts it again. */
const STATES: Readonly<Record<string, MachineState>> = {
  pending: 'PENDING',
  running: 'RUNNING',
  'shutting-down': 'TERMINATING',
  stopping: 'TERMINATING',
  terminated: 'TERMINATED',
  stopped: 'TERMINATED',
};

const LIVENESS: Readonly<Record<MachineState, Liveness>> = {
  REQUESTED: 'BOOTING',
  REJECTED: 'UNKNOWN',
  PENDING: 'BOOTING',
  // EC2 says that it runs; nobody asked the machine itself.
  RUNNING: 'UNKNOWN',
  TERMINATING: 'UNKNOWN',
  TERMINATED: 'UNKNOWN',
};

/** A machine without an id is none. What EC2 calls by a word of tomorrow is taken for PENDING, and never fails a list. */
export function readInstance(instance: Instance): Ec2Instance | undefined {
  const { InstanceId: id, State, Tags: tags = [] } = instance;
  if (id === undefined || id === '') return undefined;
  return {
    id,
    state: STATES[State?.Name ?? ''] ?? 'PENDING',
    tags: Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value])),
    details: detailsOf(instance, State?.Name ?? 'unknown'),
  };
}

/**
 * Does it still exist? `stopped` machines do, though they count as over: they are to be ended. What is terminated does not, though
 * EC2 lists it for about an hour.
 */
export function isThere(instance: Ec2Instance): boolean {
  return instance.details.metadata?.['state'] !== 'terminated';
}

/** Is it there, and nobody has asked for its end? */
export function isStaying(instance: Ec2Instance): boolean {
  return instance.state === 'PENDING' || instance.state === 'RUNNING';
}

export function listedOf(instance: Ec2Instance): Listed {
  const { id, state, tags, details } = instance;
  const pool = tags[POOL_TAG];
  return {
    resource: tags[RESOURCE_TAG] ?? null,
    externalId: id,
    machine: state,
    liveness: LIVENESS[state],
    addresses: [...details.publicAddresses, ...details.privateAddresses],
    endpoints: {},
    marks: marksOfTags(tags),
    details,
    ...(pool === undefined ? {} : { pool }),
  };
}

export function observationOf(instance: Ec2Instance, resource: string): Observation {
  return { ...listedOf(instance), resource };
}

function detailsOf(instance: Instance, state: string): MachineDetails {
  const { LaunchTime, InstanceLifecycle, InstanceType, NetworkInterfaces = [] } = instance;
  const privates = [
    instance.PrivateIpAddress,
    ...NetworkInterfaces.flatMap(({ PrivateIpAddresses = [] }) =>
      PrivateIpAddresses.map(({ PrivateIpAddress }) => PrivateIpAddress),
    ),
  ];
  return {
    launchedAt: LaunchTime?.getTime() ?? null,
    requestedAt: null,
    publicAddresses: addressesOf([instance.PublicIpAddress]),
    privateAddresses: addressesOf(privates),
    cloud: InstanceLifecycle === 'spot' ? 'AWS-SPOT' : 'AWS-EC2',
    region: regionOf(instance.Placement?.AvailabilityZone),
    size: InstanceType ?? 'unknown',
    metadata: metadataOf(instance, state),
  };
}

/** The zone without its letter. */
function regionOf(zone: string | undefined): string {
  return zone === undefined || zone === '' ? 'unknown' : zone.replace(/[a-z]$/, '');
}

function addressesOf(found: readonly (string | undefined)[]): string[] {
  return [...new Set(found)].filter((address) => address !== undefined && address !== '') as string[];
}

/** What EC2 says beside that and is of use to people. */
function metadataOf(instance: Instance, state: string): JsonObject {
  const all = {
    state,
    stateReason: instance.StateReason?.Message,
    imageId: instance.ImageId,
    keyName: instance.KeyName,
    subnetId: instance.SubnetId,
    vpcId: instance.VpcId,
    availabilityZone: instance.Placement?.AvailabilityZone,
    architecture: instance.Architecture,
    spotInstanceRequestId: instance.SpotInstanceRequestId,
    tags: Object.fromEntries((instance.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
  };
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined && value !== ''),
  ) as JsonObject;
}
