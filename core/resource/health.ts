import type { ProbeSpec, ProbeVerdict, UnhealthyAction } from '../model/health.ts';
import type { Pool } from '../model/pool.ts';
import type { Liveness, MachineState, Resource } from '../model/resource.ts';

/** How long a resource may be unhealthy, or stopped, before it is replaced, in milliseconds. */
const UNHEALTHY_GRACE_MS = 30_000;

/** What never runs again: it ended, it is about to, or it was never made. */
const DEAD: readonly MachineState[] = ['TERMINATING', 'TERMINATED', 'REJECTED'];

export type Fault = 'it is dead' | 'it is stopped' | 'it is unhealthy';

/** Why nobody may be given the resource any more, as far as its provider can tell; null where nothing speaks against it. */
export function faultOf(resource: Resource, now: number): Fault | null {
  if (DEAD.includes(resource.machine)) return 'it is dead';
  const isSick = resource.unhealthySince !== null && now - resource.unhealthySince >= UNHEALTHY_GRACE_MS;
  if (!isSick) return null;
  return resource.machine === 'RUNNING' ? 'it is unhealthy' : 'it is stopped';
}

/** Is what enters up, as far as its provider can tell? */
export function isReady(resource: Resource): boolean {
  const isUp = resource.liveness === 'LIVE' || resource.liveness === 'UNKNOWN';
  return resource.status === 'entering' && resource.hold === null && resource.machine === 'RUNNING' && isUp;
}

/**
 * Does a resource live, by all that is known? A probe that fails makes it UNHEALTHY whatever its provider says, and where the
 * provider cannot tell, probes that all pass make it LIVE. Neither word is written over the other.
 */
export function livenessOf({ liveness, probes = [] }: Resource): Liveness {
  if (probes.some(({ isHealthy }) => !isHealthy)) return 'UNHEALTHY';
  return liveness === 'UNKNOWN' && probes.length > 0 ? 'LIVE' : liveness;
}

/** A probe that fails, with what its pool says of it. */
export type FailingProbe = { readonly spec: ProbeSpec; readonly verdict: ProbeVerdict };

/** The failing probes of a resource that its pool still has, the gravest first. */
export function failingProbes(pool: Pool | undefined, { probes = [] }: Resource): FailingProbe[] {
  const failing: FailingProbe[] = [];
  for (const verdict of probes) {
    const spec = verdict.isHealthy ? undefined : pool?.health.find(({ name }) => name === verdict.probe);
    if (spec !== undefined) failing.push({ spec, verdict });
  }
  return failing.toSorted((a, b) => GRAVITY[a.spec.action] - GRAVITY[b.spec.action]);
}

const GRAVITY: Record<UnhealthyAction, number> = { quarantine: 0, replace: 1, hold: 2 };

/** Does a failing probe keep it from being lent for as long as it fails? */
export function isKeptBack(pool: Pool | undefined, resource: Resource): boolean {
  return failingProbes(pool, resource).some(({ spec }) => spec.action === 'hold');
}
