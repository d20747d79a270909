import { Refusal } from '@poolkeeper/core';
import type { Role, Token } from '@poolkeeper/core';

/**
 * Who may use a route: anybody, or a token with one of these roles. Every route declares it; the application does not
 * start with one that does not.
 *
 * | role | may |
 * |---|---|
 * | viewer | read everything in its grant, tokens aside |
 * | holder | ask for leases, see and end its own, and see pools and resources in its grant |
 * | operator | everything of leases, resources and the size of pools in its grant |
 * | admin | everything, but a runner's work |
 * | runner | claim and report the jobs that its labels fit, in its grant |
 */
export type Access = 'open' | readonly Role[];

/** All people and programs but runners, which see nothing but the jobs that they do. */
export const EVERYBODY = ['admin', 'operator', 'holder', 'viewer'] as const satisfies Access;
/** Nobody else: the answers hold opened secrets. */
export const RUNNERS = ['runner'] as const satisfies Access;
/** Those who have leases. */
export const LENDERS = ['admin', 'operator', 'holder'] as const satisfies Access;
/** Those who see what others do. */
export const OVERSEERS = ['admin', 'operator', 'viewer'] as const satisfies Access;
export const OPERATORS = ['admin', 'operator'] as const satisfies Access;
export const ADMINS = ['admin'] as const satisfies Access;

/** May the token act for every holder, or for itself alone? */
export function isTrusted(token: Token): boolean {
  return token.role === 'admin' || token.role === 'operator';
}

/** Does the token see what others hold? */
export function isOverseer(token: Token): boolean {
  return token.role !== 'holder' && token.role !== 'runner';
}

/** Is the pool in the token's grant? */
export function mayUsePool(token: Token, pool: string): boolean {
  return token.pools === null || token.pools.includes(pool);
}

/** What is outside of a token's grant does not exist for it. */
export function requireGrant(token: Token, pool: string): void {
  if (mayUsePool(token, pool)) return;
  throw new Refusal(
    'pool_not_found',
    `There is no pool "${pool}". See the pools that exist with GET /v1/pools.`,
  );
}

/** May the token see a lease of this holder on these pools? */
export function maySeeLease(
  token: Token,
  lease: { readonly holder: string; readonly items: readonly { readonly pool: string }[] },
): boolean {
  if (lease.holder === token.name) return true;
  if (!isOverseer(token)) return false;
  return token.pools === null || lease.items.every((item) => mayUsePool(token, item.pool));
}
