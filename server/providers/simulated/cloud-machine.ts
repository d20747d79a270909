import { MACHINE_STATES } from '@poolkeeper/core';
import type { Json, Liveness, Listed, MachineDetails, MachineState } from '@poolkeeper/core';
import { isObject } from './is-object.ts';
import { foreignTags, marksIn } from './tags.ts';

/** A machine as the cloud shows it, as far as a provider needs it. */
export type CloudMachine = {
  readonly id: string;
  readonly state: MachineState;
  readonly tags: Readonly<Record<string, string>>;
  readonly publicAddresses: readonly string[];
  readonly privateAddresses: readonly string[];
  readonly launchTime: string | null;
  readonly size: string;
  readonly region: string;
};

/** A machine, or undefined when this is none. */
export function readMachine(value: Json): CloudMachine | undefined {
  if (!isObject(value)) return undefined;
  const { id, state, tags, publicAddresses, privateAddresses, launchTime, size, region } = value;
  const isMachine =
    typeof id === 'string' &&
    id !== '' &&
    MACHINE_STATES.some((known) => known === state) &&
    isObject(tags) &&
    isTexts(Object.values(tags)) &&
    isTexts(publicAddresses) &&
    isTexts(privateAddresses) &&
    (launchTime === null || typeof launchTime === 'string') &&
    typeof size === 'string' &&
    typeof region === 'string';
  return isMachine ? (value as Json as CloudMachine) : undefined;
}

/** It may still be there; what is over is not, though the cloud lists it for a while. */
export function isThere(machine: CloudMachine | undefined): machine is CloudMachine {
  return machine !== undefined && machine.state !== 'TERMINATED';
}

const LIVENESS: Readonly<Record<MachineState, Liveness>> = {
  REQUESTED: 'BOOTING',
  REJECTED: 'UNKNOWN',
  PENDING: 'BOOTING',
  // The cloud says that it runs; nobody asked the machine itself.
  RUNNING: 'UNKNOWN',
  TERMINATING: 'UNKNOWN',
  TERMINATED: 'UNKNOWN',
};

/** A machine as a provider lists it; `resource` is what it was made for, where a tag says so. */
export function observationOf<T extends string | null>(
  machine: CloudMachine,
  resource: T,
  pool?: string,
): Listed & { readonly resource: T } {
  const { id, state, publicAddresses, privateAddresses, tags } = machine;
  return {
    resource,
    externalId: id,
    machine: state,
    liveness: LIVENESS[state],
    addresses: [...publicAddresses, ...privateAddresses],
    endpoints: {},
    ...(pool === undefined ? {} : { pool }),
    marks: marksIn(tags),
    details: detailsOf(machine),
  };
}

function detailsOf(machine: CloudMachine): MachineDetails {
  const { launchTime, publicAddresses, privateAddresses, region, size, tags } = machine;
  const launchedAt = launchTime === null ? Number.NaN : Date.parse(launchTime);
  return {
    launchedAt: Number.isNaN(launchedAt) ? null : launchedAt,
    // This cloud does not tell.
    requestedAt: null,
    publicAddresses,
    privateAddresses,
    cloud: 'Simulated',
    region,
    size,
    metadata: { tags: foreignTags(tags) },
  };
}

function isTexts(value: Json | undefined): boolean {
  return Array.isArray(value) && value.every((text: Json) => typeof text === 'string');
}
