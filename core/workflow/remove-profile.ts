import { Refusal } from '../errors.ts';
import type { Pool } from '../model/pool.ts';
import type { Profile } from '../model/workflow.ts';
import { requireVersion } from '../world/transaction.ts';
import type { Transaction } from '../world/transaction.ts';
import type { World } from '../world/world.ts';
import { namesOf } from './named-by-transitions.ts';
import { listOf } from './remove-workflow.ts';

export type RemoveProfile = {
  readonly type: 'removeProfile';
  readonly name: string;
  readonly version?: number;
};

/**
 * Takes a profile away.
 *
 * Errors: `profile_not_found`, `profile_in_use` while a transition of a pool names it or a resource has it, `version_mismatch`.
 */
export function removeProfile(tx: Transaction, { name, version }: RemoveProfile): Profile {
  const profile = requireProfile(tx, name);
  requireVersion(profile.version, version);
  const pools = poolsGiving(tx.world, name).map((pool) => pool.name);
  const holders = countHaving(tx.world, name);
  if (pools.length > 0 || holders > 0) {
    const resources = `${holders} ${holders === 1 ? 'resource has' : 'resources have'} it`;
    const uses = [
      ...(pools.length > 0 ? [`transitions of ${listOf(pools)} name it`] : []),
      ...(holders > 0 ? [resources] : []),
    ];
    throw new Refusal(
      'profile_in_use',
      `Profile "${name}" is in use: ${uses.join(', and ')}. Take it from those first ("removeProfiles" of a transition).`,
    );
  }
  tx.remove('profile', name);
  tx.emit('profile.removed', {}, { name });
  return profile;
}

/** Errors: `profile_not_found`. */
export function requireProfile(tx: Transaction, name: string): Profile {
  const profile = tx.world.profiles.get(name);
  if (profile !== undefined) return profile;
  throw new Refusal(
    'profile_not_found',
    `There is no profile "${name}". See the profiles that exist with GET /v1/profiles.`,
  );
}

/** The pools whose transitions name a profile, in the order of their names. */
export function poolsGiving(world: World, profile: string): Pool[] {
  return [...world.pools.values()]
    .map(({ pool }) => pool)
    .filter(({ on }) => namesOf(on).some(({ kind, name }) => kind === 'profile' && name === profile))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** How many resources have a profile. Looks at each: it is asked when a profile is removed, or shown by itself. */
export function countHaving(world: World, profile: string): number {
  let count = 0;
  for (const { profiles } of world.resources.values()) if (profiles.includes(profile)) count += 1;
  return count;
}
