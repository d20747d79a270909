import type { MachineState, Resource } from '../model/resource.ts';

/** How long a resource may be unhealthy before it is replaced, in milliseconds. */
const UNHEALTHY_GRACE_MS = 30_000;

/** What never runs again: it ended, it is about to, or it was never made. */
const DEAD: readonly MachineState[] = ['TERMINATING', 'TERMINATED', 'REJECTED'];

/** Why nobody may be given the resource any more, as far as its provider can tell; null where nothing speaks against it. */
export function faultOf(resource: Resource, now: number): 'it is dead' | 'it is unhealthy' | null {
  if (DEAD.includes(resource.machine)) return 'it is dead';
  const isSick = resource.unhealthySince !== null && now - resource.unhealthySince >= UNHEALTHY_GRACE_MS;
  return isSick ? 'it is unhealthy' : null;
}

/** Is what enters up, as far as its provider can tell? */
export function isReady(resource: Resource): boolean {
  const isUp = resource.liveness === 'LIVE' || resource.liveness === 'UNKNOWN';
  return resource.status === 'entering' && resource.hold === null && resource.machine === 'RUNNING' && isUp;
}
