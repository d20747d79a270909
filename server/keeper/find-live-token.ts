import type { Token, World } from '@poolkeeper/core';

/** The token of a secret, by its hash; undefined where it is unknown, revoked or past its time, or no world is known. */
export function findLiveToken(world: World | undefined, hash: string, now: number): Token | undefined {
  const token = world?.tokens.get(world.tokenByHash.get(hash) ?? '');
  return token === undefined || (token.expiresAt !== null && token.expiresAt <= now) ? undefined : token;
}
