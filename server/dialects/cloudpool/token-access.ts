import type { Role } from '@poolkeeper/core';
import type { Keeper } from '../../keeper/contract.ts';
import { findShownToken } from '../shown-token.ts';
import { HttpRefusal } from './errors.ts';
import type { Authenticate } from './parts.ts';

const READERS: readonly Role[] = ['admin', 'operator', 'viewer'];
const WRITERS: readonly Role[] = ['admin', 'operator'];

/** Clients of the original send their credentials only after this challenge. */
const CHALLENGE = { 'www-authenticate': 'Basic realm="poolkeeper"' };

/**
 * Lets in who has a token of this server: as a bearer, or as the password of basic authentication, where any user name will do, for
 * clients that know nothing else.
 *
 * Shape: viewers read, operators and admins do everything, within the pools of the token.
 */
export function createTokenAccess(keeper: Pick<Keeper, 'findToken'>): Authenticate {
  return ({ headers: { authorization } }) => {
    if (authorization === undefined)
      throw unauthenticated('send a token: as a bearer, or as the password of basic authentication');
    const token = findShownToken(keeper, authorization);
    if (token === undefined) throw unauthenticated('the token is unknown, revoked or past its time');
    if (!READERS.includes(token.role)) {
      throw new HttpRefusal(403, `cloud pools need a token with one of the roles: ${READERS.join(', ')}`);
    }
    const { pools } = token;
    return {
      mayWrite: WRITERS.includes(token.role),
      mayUse: (pool) => pools === null || pools.includes(pool),
    };
  };
}

function unauthenticated(message: string): HttpRefusal {
  return new HttpRefusal(401, message, CHALLENGE);
}
