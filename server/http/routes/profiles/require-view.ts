import { Refusal } from '@poolkeeper/core';
import type { Token, World } from '@poolkeeper/core';
import type { ProfileBody } from '../../schemas/profile.ts';
import { viewProfile } from '../../views/profile.ts';

/** A profile as it is now. Errors: `profile_not_found`. */
export function requireViewOfProfile(world: World, name: string, token: Token): ProfileBody {
  const profile = world.profiles.get(name);
  if (profile !== undefined) return viewProfile(world, profile, token);
  throw new Refusal(
    'profile_not_found',
    `There is no profile "${name}". See the profiles that exist with GET /v1/profiles.`,
  );
}
