import type { VictimPolicy } from '../model/pool.ts';
import type { Resource } from '../model/resource.ts';
import { compareText } from '../world/sorted-list.ts';
import { machineIdOf } from './find-machine.ts';

/**
 * Chooses which members of a pool that is kept in rounds go: those that are only asked for first, in the order in which they are
 * given; then the newest or the oldest by their launch.
 *
 * What has no time of launch counts as newest with `newest`, and goes last with `oldest`. Of equal ones, the greater id goes first
 * with `newest`, the smaller one with `oldest`.
 * Shape: pure; fewer than `count` where there are fewer candidates.
 */
export function chooseVictims(
  candidates: readonly Resource[],
  { count, policy }: { readonly count: number; readonly policy: VictimPolicy },
): Resource[] {
  if (count <= 0) return [];
  const requested = candidates.filter(({ machine }) => machine === 'REQUESTED');
  const launched = candidates.filter(({ machine }) => machine !== 'REQUESTED').toSorted(compareAge);
  return [...requested, ...(policy === 'newest' ? launched.toReversed() : launched)].slice(0, count);
}

/** The oldest first. */
function compareAge(a: Resource, b: Resource): number {
  const [left, right] = [launchedAt(a), launchedAt(b)];
  // Two that are without an end are equal, and their difference is no number.
  return (left === right ? 0 : left - right) || compareText(machineIdOf(a), machineIdOf(b));
}

/** Where a provider tells nothing of the kind, it is since when the member is known to exist. */
function launchedAt({ details, madeAt }: Resource): number {
  return (details === undefined ? madeAt : details.launchedAt) ?? Infinity;
}
