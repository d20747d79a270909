import type { Token } from '@poolkeeper/core';
import type { Keeper } from '../keeper/contract.ts';
import { hashSecret } from './secrets.ts';

const SCHEME = 'Bearer ';
/** Characters of a secret; a longer one is none of ours, and not worth hashing. */
const SECRET_LENGTH_MAX = 512;

type Tokens = Pick<Keeper, 'findToken'>;

/** The token of an `Authorization` header; undefined for one of another scheme, and for a secret that is nobody's. */
export function findBearer(keeper: Tokens, header: string): Token | undefined {
  const isBearer =
    header.startsWith(SCHEME) || header.slice(0, SCHEME.length).toLowerCase() === SCHEME.toLowerCase();
  return isBearer ? findTokenOf(keeper, header.slice(SCHEME.length)) : undefined;
}

/** The token that a secret is of. */
export function findTokenOf(keeper: Tokens, secret: string): Token | undefined {
  return secret.length > SECRET_LENGTH_MAX ? undefined : keeper.findToken(hashSecret(secret));
}
