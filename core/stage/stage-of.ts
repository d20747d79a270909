import { CLEANING_STAGE, FREE_STAGE } from '../model/stage.ts';
import type { Resource } from '../model/resource.ts';
import { isOnOffer } from '../world/lanes.ts';

/** The stage of a member that is lent natively: its holder says none. */
const LEASED_STAGE = 'leased';

/**
 * Where a member of a pool that is handed over by stage stands, as clients see it: what its status says, and where that says nothing,
 * what was said last.
 *
 * Source: invariants S1 and S3 in docs/spec/stages.md.
 */
export function stageOf(resource: Resource): string {
  switch (resource.status) {
    case 'free':
      return FREE_STAGE;
    case 'leased':
    case 'preparing':
      return isHeldByStage(resource) ? (resource.stage?.name ?? LEASED_STAGE) : LEASED_STAGE;
    case 'cleaning':
      return isStanding(resource) ? (resource.stage?.name ?? CLEANING_STAGE) : CLEANING_STAGE;
    default:
      return resource.status;
  }
}

/** When it came to its stage, or its holder last said that it has it, in milliseconds UTC. */
export function stageAt(resource: Resource): number {
  const isSaid = isHeldByStage(resource) || isStanding(resource);
  return isSaid ? (resource.stage?.at ?? resource.since) : resource.since;
}

/** Was it taken by stage, so that its holder says where it stands and gives it back by name? */
export function isHeldByStage({ status, stage }: Resource): boolean {
  return status === 'leased' && stage?.from !== undefined;
}

/** Does it stand where a client put it, and nothing happens to it until somebody takes it from there? */
export function isStanding({ status, stage, run, restsUntil, hold, turnover }: Resource): boolean {
  const isIdle = run === null && restsUntil === null && hold === null && turnover === null;
  return status === 'cleaning' && stage !== undefined && isIdle;
}

/** May a client take it from its stage? */
export function isAcquirable(resource: Resource): boolean {
  return isOnOffer(resource) || (isStanding(resource) && resource.isActive !== false);
}
