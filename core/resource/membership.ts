import { ALLOCATED_STATES } from '../model/resource.ts';
import type { Resource, ResourceStatus } from '../model/resource.ts';

/** What nobody holds, and nothing is done to on somebody's behalf. */
const IDLE: readonly ResourceStatus[] = ['requested', 'entering', 'free', 'standby'];

/**
 * Does it exist, or is it asked for? What leaves does not, whatever its provider still says, and neither does what exists elsewhere and is
 * only on its way in.
 */
export function isAllocated({ status, machine, externalId }: Resource): boolean {
  const isBeingAttached = status === 'requested' && externalId !== null;
  return status !== 'exiting' && !isBeingAttached && ALLOCATED_STATES.includes(machine);
}

/** Does it count towards the size of its pool, as clients of the pool count? */
export function isActiveMember(resource: Resource): boolean {
  return isAllocated(resource) && resource.isActive !== false && resource.status !== 'quarantined';
}

/** May the pool or a client take it away now? */
export function isRemovable({ status, isEvictable, leaseId }: Resource): boolean {
  return isEvictable && leaseId === null && IDLE.includes(status);
}

/** Is it one that counts for nothing, may be taken away, and is in nobody's hands? Then it goes. */
export function isDisposable(resource: Resource): boolean {
  return resource.isActive === false && isRemovable(resource);
}
