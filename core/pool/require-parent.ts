import { refuseInput } from '../errors.ts';
import { nearName } from '../near-name.ts';
import type { PoolSpec } from '../model/pool.ts';
import type { Transaction } from '../world/transaction.ts';

/**
 * Refuses a parent that makes no tree.
 *
 * Errors: `pool_not_found`, `pool_being_removed`, and `invalid_input` for a pool above itself; each at `/parent`.
 */
export function requireParent(tx: Transaction, { name, parent }: PoolSpec): void {
  if (parent === null) return;
  if (parent === name)
    throw refuseInput('/parent', `pool "${name}" cannot be its own parent; name another, or leave it out`);
  const state = tx.world.pools.get(parent);
  if (state === undefined) {
    const near = nearName(parent, tx.world.pools.keys());
    const guess = near === undefined ? '' : `; did you mean "${near}"?`;
    throw refuseInput('/parent', `there is no pool "${parent}"${guess}`, 'pool_not_found');
  }
  if (state.pool.status === 'removing')
    throw refuseInput('/parent', `pool "${parent}" is being removed; name another`, 'pool_being_removed');
  const way = [name, parent];
  for (
    let above = state.pool.parent;
    above !== null;
    above = tx.world.pools.get(above)?.pool.parent ?? null
  ) {
    way.push(above);
    if (above === name)
      throw refuseInput('/parent', `pool "${name}" would be above itself: ${way.join(' is under ')}`);
  }
}
