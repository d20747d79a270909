import { stageAt, stageOf } from '@poolkeeper/core';
import type { Resource, World } from '@poolkeeper/core';
import { goMap, goText, goTime } from './go-json.ts';

/** A resource as clients know it. Instants are milliseconds UTC. */
export type SeenResource = {
  readonly type: string;
  readonly name: string;
  readonly state: string;
  /** Empty: nobody has it. */
  readonly owner: string;
  readonly at: number;
  readonly data: Readonly<Record<string, string>>;
  readonly expiresAt: number | null;
};

/** What is seen of a resource; undefined for one that is on its way out, which is gone for clients. */
export function seeResource(world: World, resource: Resource): SeenResource | undefined {
  const type = world.pools.get(resource.pool)?.pool.stages?.type;
  if (type === undefined || resource.status === 'exiting' || resource.status === 'gone') return undefined;
  return { type, owner: ownerOf(world, resource), ...seeMember(resource) };
}

/** What is seen of it without a look at the world. */
export function seeMember(resource: Resource): Omit<SeenResource, 'type' | 'owner'> {
  const { name, stage } = resource;
  const { data = {}, expiresAt = null } = stage ?? {};
  return { name, state: stageOf(resource), at: stageAt(resource), data, expiresAt };
}

/** The holder of its lease; what is only set aside for a lease that waits belongs to nobody yet. */
function ownerOf(world: World, { leaseId, status }: Resource): string {
  if (leaseId === null || status === 'free') return '';
  return world.leases.get(leaseId)?.holder ?? '';
}

/** In the order of the original, and without spaces. */
export function resourceJson(seen: SeenResource): string {
  const expiration = seen.expiresAt === null ? '' : `,"expiration-date":"${goTime(seen.expiresAt)}"`;
  return (
    `{"type":${goText(seen.type)},"name":${goText(seen.name)},"state":${goText(seen.state)},` +
    `"owner":${goText(seen.owner)},"lastupdate":"${goTime(seen.at)}",` +
    `"userdata":${goMap(Object.entries(seen.data))}${expiration}}`
  );
}
