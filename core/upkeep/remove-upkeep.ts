import { Refusal } from '../errors.ts';
import type { Upkeep } from '../model/upkeep.ts';
import { requireNothingUnder } from '../pool/pool-tree.ts';
import { giveUpPool } from '../pool/remove-pool.ts';
import { requireNoSplitter } from '../pool/split-pool.ts';
import type { Transaction } from '../world/transaction.ts';
import { changeUpkeep, subjectOf } from './change-upkeep.ts';
import { AT_REST } from './run-upkeep.ts';

export type RemoveUpkeep = { readonly type: 'removeUpkeep'; readonly name: string };

/**
 * Stops an upkeep and begins to forget it: once nothing is under way it goes with its pool, provider and secret. Its machines live on.
 *
 * Shape: changes the upkeep and its pool, which takes no request any more; emits `upkeep.removing`, or `upkeep.removed` for one that
 * was never configured. Leases that wait for the pool end.
 * Errors: `upkeep_not_found`, `pool_has_children`, also while another pool divides its size over it. Repeating it is harmless.
 */
export function removeUpkeep(tx: Transaction, { name }: RemoveUpkeep): Upkeep {
  const upkeep = tx.world.upkeeps.get(name);
  if (upkeep === undefined)
    throw new Refusal('upkeep_not_found', `There is no cloud pool instance "${name}".`);
  if (upkeep.status === 'removing') return upkeep;
  if (upkeep.pool !== null) {
    requireNothingUnder(tx, upkeep.pool);
    requireNoSplitter(tx, upkeep.pool);
  }
  const removing = changeUpkeep(tx, upkeep, { status: 'removing', ...AT_REST });
  if (upkeep.pool === null) {
    tx.remove('upkeep', name);
    tx.emit('upkeep.removed', {}, { name });
    return removing;
  }
  tx.emit('upkeep.removing', subjectOf(upkeep), { name });
  giveUpPool(tx, upkeep.pool);
  return removing;
}
