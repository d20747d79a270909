import type { Role, Token } from '@poolkeeper/core';
import { findBearer, findToken } from '../../../http/bearer.ts';
import type { Keeper } from '../../../keeper/contract.ts';
import { HttpRefusal } from '../errors.ts';
import type { Authenticate } from '../parts.ts';
import { readBasic } from './basic-credentials.ts';
import { CHALLENGE } from './realm-login.ts';

/** Those who see what others do. */
const READERS: ReadonlySet<Role> = new Set<Role>(['admin', 'operator', 'viewer']);
const WRITERS: ReadonlySet<Role> = new Set<Role>(['admin', 'operator']);

/**
 * Lets in who has a token of this server: as a bearer, or as the password of any user for clients that know Basic authentication alone.
 * Viewers read; operators and admins change pools, and read configurations with what is secret in them. What is outside of the token's
 * grant does not exist for it.
 *
 * Errors: 401 with a challenge, 403 for a token of another role.
 */
export function createTokenLogin(keeper: Pick<Keeper, 'findToken'>): Authenticate {
  return ({ headers }) => {
    const token = tokenOf(keeper, headers.authorization);
    if (token === undefined) {
      const how = 'send "Authorization: Bearer pk_…", or the token as the password of any user';
      const message =
        headers.authorization === undefined ? `this needs a token: ${how}` : `the token is unknown, revoked or past its time`;
      throw new HttpRefusal(401, message, { 'www-authenticate': CHALLENGE });
    }
    if (!READERS.has(token.role)) {
      throw new HttpRefusal(403, `this needs a token with one of the roles: ${[...READERS].join(', ')}`);
    }
    return {
      mayWrite: WRITERS.has(token.role),
      mayUse: (pool) => token.pools === null || token.pools.includes(pool),
    };
  };
}

function tokenOf(keeper: Pick<Keeper, 'findToken'>, header: string | undefined): Token | undefined {
  if (header === undefined) return undefined;
  const basic = readBasic(header);
  return basic === undefined ? findBearer(keeper, header) : findToken(keeper, basic.password);
}
