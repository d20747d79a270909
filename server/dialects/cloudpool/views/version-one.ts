import type { JsonObject, Resource, ServiceState } from '@poolkeeper/core';
import type { Place } from '../cloud-driver.ts';
import { viewMachine } from './machine.ts';

/** What version 1 calls the service state; OUT_OF_SERVICE came later. */
const LIVENESS: Record<ServiceState, string> = {
  UNKNOWN: 'UNKNOWN',
  BOOTING: 'BOOTING',
  IN_SERVICE: 'LIVE',
  UNHEALTHY: 'UNHEALTHY',
  OUT_OF_SERVICE: 'UNHEALTHY',
};

/** A machine as version 1 has it, and nothing else. */
export function viewMachineOne(resource: Resource, place: Place): JsonObject {
  const machine = viewMachine(resource, place);
  return {
    id: machine['id'] ?? null,
    ...oldMembers(machine, resource),
    publicIps: machine['publicIps'] ?? [],
    privateIps: machine['privateIps'] ?? [],
    metadata: machine['metadata'] ?? {},
  };
}

/** The present machine, and beside its members those of version 1: readers of both leave alone what they do not know. */
export function viewMachineBoth(resource: Resource, place: Place): JsonObject {
  const machine = viewMachine(resource, place);
  return { ...machine, ...oldMembers(machine, resource) };
}

function oldMembers(machine: JsonObject, { serviceState = 'UNKNOWN' }: Resource): JsonObject {
  const { machineState = null, launchTime } = machine;
  return {
    state: machineState,
    liveness: LIVENESS[serviceState],
    ...(launchTime === undefined ? {} : { launchtime: launchTime }),
  };
}
