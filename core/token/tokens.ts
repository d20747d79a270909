import { Refusal, refuseInput } from '../errors.ts';
import { ID_PREFIX } from '../ids.ts';
import type { Role, Token, TokenQuota } from '../model/token.ts';
import type { Transaction } from '../world/transaction.ts';

export const TOKENS_MAX = 100_000;

export type CreateToken = {
  readonly type: 'createToken';
  readonly name: string;
  /** SHA-256 of the secret, in hex; the secret stays with the caller. */
  readonly hash: string;
  readonly role: Role;
  readonly pools: readonly string[] | null;
  readonly quota: TokenQuota;
  readonly labels?: Readonly<Record<string, string>>;
  readonly expiresAt: number | null;
};

/**
 * Lets somebody in.
 *
 * Errors: `token_name_taken`, `invalid_input`, `pool_not_found` for a grant on a pool that is not there.
 */
export function createToken(tx: Transaction, input: CreateToken): Token {
  if (tx.world.tokenByName.has(input.name)) {
    const message = `There is already a token "${input.name}". Revoke it first, or choose another name.`;
    throw new Refusal('token_name_taken', message, { faults: [{ pointer: '/name', message }] });
  }
  if (input.expiresAt !== null && input.expiresAt <= tx.now)
    throw refuseInput('/ttl', 'the token would expire at once');
  if (tx.world.tokens.size >= TOKENS_MAX)
    throw refuseInput('/name', `there are ${TOKENS_MAX} tokens, which is the most`);
  if (input.labels !== undefined && input.role !== 'runner')
    throw refuseInput(
      '/labels',
      'only a token of the role runner has labels; leave them out, or give it that role',
    );
  input.pools?.forEach((pool, index) => tx.requirePool(pool, `/pools/${index}`));
  const { type: _, ...rest } = input;
  const token: Token = { id: tx.context.newId(ID_PREFIX.token), ...rest, createdAt: tx.now };
  tx.emit('token.created', {}, { id: token.id, name: token.name, role: token.role });
  return tx.put('token', token.id, token);
}

export type RevokeToken = { readonly type: 'revokeToken'; readonly token: string };

/** Shuts somebody out, at once. Its leases stay: an operator may end them. Errors: `token_not_found`. */
export function revokeToken(tx: Transaction, input: RevokeToken): Token {
  const token = tx.require('token', input.token);
  tx.remove('token', token.id);
  tx.emit('token.revoked', {}, { id: token.id, name: token.name, reason: 'revoked' });
  return token;
}
