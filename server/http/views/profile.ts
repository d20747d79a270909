import { poolsGiving } from '@poolkeeper/core';
import type { Profile, Token, World } from '@poolkeeper/core';
import { instantText } from '../instant.ts';
import type { ProfileBody } from '../schemas/profile.ts';
import { viewUses } from './workflow.ts';

/** A profile as the API shows it to a token: of the pools that name it, those in the token's grant. */
export function viewProfile(world: World, profile: Profile, token: Token): ProfileBody {
  const { name, params, version, createdAt } = profile;
  return {
    name,
    params,
    usedBy: viewUses(poolsGiving(world, name), { kind: 'profile', name }, token),
    createdAt: instantText(createdAt),
    version,
  };
}
