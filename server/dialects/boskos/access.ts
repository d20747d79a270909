import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Role } from '@poolkeeper/core';
import type { Keeper } from '../../keeper/contract.ts';
import { readBasic } from '../basic-credentials.ts';
import { findShownToken } from '../shown-token.ts';

const READERS: readonly Role[] = ['admin', 'operator', 'viewer'];
const WRITERS: readonly Role[] = ['admin', 'operator'];

/** Who asks, as far as the dialect has to know. */
export type Caller = {
  /** May it change things? */
  readonly mayWrite: boolean;
  /** The pools that it may see, by their native names; null: all. What it may not see does not exist for it. */
  readonly pools: readonly string[] | null;
};

/** Finds out who asks; undefined: nobody that is let in. */
export type Authenticate = (headers: IncomingHttpHeaders) => Caller | undefined;

const EVERYTHING: Caller = { mayWrite: true, pools: null };

/** Lets everybody in, as the original does: whoever knows an owner is that owner. */
export const letEverybodyIn: Authenticate = () => EVERYTHING;

/**
 * Lets in who has a token of this server: as a bearer, or as the password of basic authentication, where any user name will do.
 *
 * Shape: viewers read, operators and admins do everything, within the pools of the token.
 */
export function createTokenAccess(keeper: Pick<Keeper, 'findToken'>): Authenticate {
  return ({ authorization }) => {
    if (authorization === undefined) return undefined;
    const token = findShownToken(keeper, authorization);
    if (token === undefined || !READERS.includes(token.role)) return undefined;
    return { mayWrite: WRITERS.includes(token.role), pools: token.pools };
  };
}

/** Lets in who has the one user name and password. `password` is asked at each request: its file may change. */
export function createPasswordAccess(user: string, password: () => string): Authenticate {
  return ({ authorization }) => {
    const basic = readBasic(authorization);
    if (basic === undefined) return undefined;
    const isUser = isSame(basic.user, user);
    return isSame(basic.password, password()) && isUser ? EVERYTHING : undefined;
  };
}

/** Takes as long for every text, so that nobody learns by the clock how much of one is right. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digestOf(one), digestOf(other));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
