import type { RoundsSpec } from '../model/pool.ts';
import type { Upkeep } from '../model/upkeep.ts';

const SECOND_MS = 1_000;

/** Is the list of a pool's machines young enough to be believed? Its age counts in whole seconds. `now`: milliseconds UTC. */
export function isReachable({ fetchedAt }: Upkeep, rounds: RoundsSpec | undefined, now: number): boolean {
  if (fetchedAt === null || rounds === undefined) return false;
  return Math.floor((now - fetchedAt) / SECOND_MS) * SECOND_MS < rounds.reachableMs;
}
