import type { Token } from '@poolkeeper/core';
import { findBearer, findTokenOf } from '../http/bearer.ts';
import type { Keeper } from '../keeper/contract.ts';
import { readBasic } from './basic-credentials.ts';

/**
 * The token that an `Authorization` header shows: as a bearer, or as the password of basic authentication, where any user name will do,
 * for clients that know nothing else. Undefined for another scheme, and for a secret that is nobody's.
 */
export function findShownToken(keeper: Pick<Keeper, 'findToken'>, header: string): Token | undefined {
  const basic = readBasic(header);
  return basic === undefined ? findBearer(keeper, header) : findTokenOf(keeper, basic.password);
}
