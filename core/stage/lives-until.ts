import type { Resource } from '../model/resource.ts';
import { TOMBSTONE_STAGE, UNWANTED_STAGE } from '../model/stage.ts';
import { isAcquirable, stageOf } from './stage-of.ts';

/** When a member that nobody has is to go because it has lived long enough, in milliseconds UTC; null where it is not. */
export function livesUntil(resource: Resource): number | null {
  const expiresAt = resource.stage?.expiresAt ?? null;
  if (expiresAt === null || !isAcquirable(resource)) return null;
  const stage = stageOf(resource);
  return stage === UNWANTED_STAGE || stage === TOMBSTONE_STAGE ? null : expiresAt;
}
