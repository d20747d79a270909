import { refuseInput } from '../errors.ts';
import { canonicalJson } from '../json.ts';
import type { Profile, ProfileSpec } from '../model/workflow.ts';
import { requireVersion } from '../world/transaction.ts';
import type { Transaction } from '../world/transaction.ts';
import { requireProfile } from './remove-profile.ts';

export const PROFILES_MAX = 1_000;

export type PutProfile = {
  readonly type: 'putProfile';
  readonly spec: ProfileSpec;
  readonly version?: number;
};

/**
 * Makes a profile known, or changes it; what already is so stays untouched.
 *
 * Shape: changes the profile; emits `profile.changed`. Resources that have it have its new parameters from then on.
 * Errors: `invalid_input` (too many), `profile_not_found` (a version of nothing), `version_mismatch`.
 */
export function putProfile(tx: Transaction, { spec, version }: PutProfile): Profile {
  const { name, params } = spec;
  const current = tx.world.profiles.get(name);
  if (version !== undefined) requireVersion(requireProfile(tx, name).version, version);
  if (current === undefined && tx.world.profiles.size >= PROFILES_MAX)
    throw refuseInput('/name', `there are ${PROFILES_MAX} profiles, which is the most`);
  if (current !== undefined && canonicalJson(current.params) === canonicalJson(params)) return current;
  const changed = {
    name,
    params,
    version: (current?.version ?? 0) + 1,
    createdAt: current?.createdAt ?? tx.now,
  };
  tx.emit('profile.changed', {}, { name, version: changed.version });
  return tx.put('profile', name, changed);
}
