import type { JsonObject, PoolState, Resource, World } from '@poolkeeper/core';
import type { CloudDriver, Place } from '../cloud-driver.ts';
import { membersOf } from '../instance.ts';
import { instantText } from './instant.ts';
import { viewMachine } from './machine.ts';

export type MachineSeen = { readonly resource: Resource; readonly place: Place };
export type MachinesSeen = { readonly fetchedAt: number; readonly machines: readonly MachineSeen[] };

/** The members of a pool as they are now, each with the place that it is in; no more than `limit` of them. */
export function seeMachines(
  world: World,
  state: PoolState,
  input: { readonly fetchedAt: number; readonly driver: CloudDriver; readonly limit?: number },
): MachinesSeen {
  const { fetchedAt, driver, limit = Number.POSITIVE_INFINITY } = input;
  const machines = [...membersOf(world, state).take(limit)].map((resource) => ({
    resource,
    place: placeOf(world, resource, driver),
  }));
  return { fetchedAt, machines };
}

/** What is not of this server's driver is described by the provider that it comes from. */
function placeOf(world: World, { provider, kind }: Resource, driver: CloudDriver): Place {
  const made = world.providers.get(provider)?.driver ?? provider;
  if (made === driver.driver) return driver.place;
  return { cloudProvider: made, region: provider, machineSize: kind };
}

export function viewMachinePool(
  { fetchedAt, machines }: MachinesSeen,
  view: (resource: Resource, place: Place) => JsonObject = viewMachine,
): JsonObject {
  return {
    timestamp: instantText(fetchedAt),
    machines: machines.map(({ resource, place }) => view(resource, place)),
  };
}
