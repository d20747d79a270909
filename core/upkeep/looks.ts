import type { Upkeep } from '../model/upkeep.ts';
import type { Transaction } from '../world/transaction.ts';
import { changeUpkeep } from './change-upkeep.ts';

/** Asks for a look, in the place of one that is asked for already; whoever does it sees the change of the document. */
export function beginLook(tx: Transaction, upkeep: Upkeep): Upkeep {
  const number = upkeep.lookNumber + 1;
  return changeUpkeep(tx, upkeep, {
    lookNumber: number,
    look: { number, failures: 0, notBefore: tx.now },
    nextLookAt: null,
  });
}

/** The list of members is to be fetched again. */
export function lookWhenDue(tx: Transaction, name: string): void {
  beginLook(tx, tx.world.upkeeps.get(name) as Upkeep);
}
