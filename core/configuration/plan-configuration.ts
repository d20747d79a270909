import type { Transaction } from '../world/transaction.ts';
import { carryOut } from './configure.ts';
import type { Configuration } from './configuration.ts';
import type { Plan } from './plan.ts';

export type PlanConfiguration = Configuration & { readonly type: 'planConfiguration' };

/**
 * Says what a configuration would change, by carrying it out and taking all of it back.
 *
 * Shape: the world is as before. What is said is what `configure` does as long as nothing else is decided between.
 * Errors: those of `configure`.
 */
export function planConfiguration(tx: Transaction, input: PlanConfiguration): Plan {
  const { world } = tx;
  const unsettled = [...world.unsettledPools];
  try {
    return carryOut(tx, input);
  } finally {
    tx.rollBack();
    // Taking a change back marks its pool as unsettled too; there is nothing to settle in it.
    world.unsettledPools.clear();
    for (const name of unsettled) world.unsettledPools.add(name);
  }
}
