import type { Token } from '@poolkeeper/core';
import type { Keeper } from '../keeper/contract.ts';
import { hashSecret } from './secrets.ts';

const SCHEME = 'Bearer ';
/** Characters of a secret; a longer one is none of ours, and not worth hashing. */
const SECRET_LENGTH_MAX = 512;

type Tokens = Pick<Keeper, 'findToken'>;

/** Whose token an `Authorization` header shows; undefined for none that is known. */
export function findBearer(keeper: Tokens, header: string): Token | undefined {
  if (header.length > SCHEME.length + SECRET_LENGTH_MAX) return undefined;
  const isBearer =
    header.startsWith(SCHEME) || header.slice(0, SCHEME.length).toLowerCase() === SCHEME.toLowerCase();
  return isBearer ? findToken(keeper, header.slice(SCHEME.length)) : undefined;
}

/** Whose secret it is; undefined for none that is known. */
export function findToken(keeper: Tokens, secret: string): Token | undefined {
  return secret.length > SECRET_LENGTH_MAX ? undefined : keeper.findToken(hashSecret(secret));
}
