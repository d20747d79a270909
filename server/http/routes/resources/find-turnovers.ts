import { Refusal } from '@poolkeeper/core';
import type { ChainHead, Token } from '@poolkeeper/core';
import { readRecord } from '@poolkeeper/turnover-record';
import type { SealedTurnover } from '@poolkeeper/turnover-record';
import type { Keeper } from '../../../keeper/contract.ts';
import { mayUsePool } from '../../access.ts';

/** Records that are read from the store at once. */
export const TURNOVER_PAGE = 500;

/** The chain of a resource, as far as the world knows. `gone`: the store alone has it. */
type Standing = { readonly isGone: boolean; readonly chain: ChainHead | null };

/**
 * How a resource stands whose turnovers a token asks for. Who may see a resource may see its whole chain, also what is of a pool
 * that it was in before: a chain with holes proves nothing.
 *
 * Errors: `resource_not_found` for one outside of the grant. Of one that is gone, see `requireVisible`.
 */
export function findStanding(keeper: Keeper, id: string, token: Token): Promise<Standing> {
  return keeper.read((world) => {
    const resource = world.resources.get(id);
    if (resource === undefined) return { isGone: true, chain: null };
    if (!mayUsePool(token, resource.pool)) throw noTurnovers(id);
    return { isGone: false, chain: resource.chain };
  });
}

/** Records of a resource numbered above `after`, as they were signed. */
export async function readTurnovers(
  keeper: Keeper,
  query: { readonly resource: string; readonly after: number; readonly limit: number },
): Promise<SealedTurnover[]> {
  const stored = await keeper.listTurnovers(query);
  return stored.map(({ hash, jws }) => ({ record: readRecord(jws), hash, jws }));
}

/** Of a resource that is gone, every record has to be in the grant. Errors: `resource_not_found`. */
export function requireVisible(id: string, turnovers: readonly SealedTurnover[], token: Token): void {
  if (!turnovers.every(({ record }) => mayUsePool(token, record.pool))) throw noTurnovers(id);
}

export function noTurnovers(id: string): Refusal {
  return new Refusal(
    'resource_not_found',
    `There is no resource "${id}", and no turnover of one is recorded.`,
  );
}
