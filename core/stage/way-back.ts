import type { Pool } from '../model/pool.ts';
import { DIRTY_STAGE, FREE_STAGE } from '../model/stage.ts';

/** The stage that it comes to, and what follows: the pool's release, that it is free without more, or that it stands there. */
export type WayBack = { readonly stage: string; readonly next: 'release' | 'free' | 'stand' };

/** Does the pool itself see to it that what comes back is clean? */
export function cleansItself({ on: { release } }: Pool): boolean {
  return (release?.workflow ?? release?.clean ?? release?.verify) !== undefined;
}

/**
 * What happens to a member that comes back to a pool whose members are handed over by stage.
 *
 * Shape: pure. Who got it free cannot say himself that it is clean again where the pool sees to that; who took it from another stage did
 * so to clean it, and can. `from`: where it was taken from by stage.
 * Source: invariant S6 in docs/spec/stages.md.
 */
export function wayBack(
  pool: Pool,
  { dest, from }: { readonly dest: string; readonly from: string | undefined },
): WayBack {
  if (dest !== DIRTY_STAGE && dest !== FREE_STAGE) return { stage: dest, next: 'stand' };
  if (!cleansItself(pool)) return { stage: dest, next: dest === FREE_STAGE ? 'release' : 'stand' };
  const isFromCleaner = from !== undefined && from !== FREE_STAGE;
  if (dest === FREE_STAGE && isFromCleaner) return { stage: FREE_STAGE, next: 'free' };
  return { stage: DIRTY_STAGE, next: 'release' };
}
