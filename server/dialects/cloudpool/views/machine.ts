import { BlockList, isIP } from 'node:net';
import type { Json, JsonObject, MachineDetails, Resource } from '@poolkeeper/core';
import type { Place } from '../cloud-driver.ts';
import { instantText } from './instant.ts';

/** Networks that are nobody's in public (RFC 1918, 4193, 6598, and what never leaves a link or a machine). */
const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv4');
}
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');
PRIVATE.addAddress('::1', 'ipv6');

/**
 * A machine as clients read it. `place` says what its provider does not.
 *
 * Source: the Go client reads an absent membership as neither active nor evictable, and the Java one fails on an absent or unknown
 * state, so both are always there.
 */
export function viewMachine(resource: Resource, place: Place): JsonObject {
  const details = resource.details ?? detailsOf(resource, place);
  return {
    id: resource.externalId ?? resource.id,
    machineState: machineStateOf(resource),
    serviceState: resource.serviceState ?? 'UNKNOWN',
    membershipStatus: membershipOf(resource),
    ...timeOf('launchTime', details.launchedAt),
    ...timeOf('requestTime', details.requestedAt),
    publicIps: details.publicAddresses,
    privateIps: details.privateAddresses,
    cloudProvider: details.cloud,
    region: details.region,
    machineSize: details.size,
    ...(details.metadata === undefined ? {} : { metadata: details.metadata }),
  };
}

/** What is on its way out stays so for clients, whatever the last list said. */
export function machineStateOf({ status, machine }: Resource): Resource['machine'] {
  if (status !== 'exiting') return machine;
  return machine === 'TERMINATED' ? machine : 'TERMINATING';
}

/** A machine that somebody holds, or that is set aside for him, is not for others to take away; one that is unsafe counts for nothing. */
function membershipOf({ status, isActive, isEvictable, leaseId }: Resource): Json {
  if (status === 'quarantined') return { active: false, evictable: false };
  return { active: isActive ?? true, evictable: isEvictable && leaseId === null };
}

function detailsOf(resource: Resource, place: Place): MachineDetails {
  const { addresses, machine, madeAt, createdAt } = resource;
  const known = addresses.filter((address) => isIP(address) !== 0);
  return {
    launchedAt: machine === 'REQUESTED' ? null : (madeAt ?? null),
    requestedAt: createdAt,
    publicAddresses: known.filter((address) => !isPrivate(address)),
    privateAddresses: known.filter(isPrivate),
    cloud: place.cloudProvider,
    region: place.region,
    size: place.machineSize,
  };
}

function isPrivate(address: string): boolean {
  return PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function timeOf(member: string, at: number | null): JsonObject {
  return at === null ? {} : { [member]: instantText(at) };
}
