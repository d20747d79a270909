import type { Transaction } from './transaction.ts';

/** Carries something out only to see what it comes to, and takes all of it back; it must be all that the decision does. */
export function withoutTrace<T>(tx: Transaction, act: () => T): T {
  const { world } = tx;
  const unsettled = [...world.unsettledPools];
  try {
    return act();
  } finally {
    tx.rollBack();
    // Taking a change back marks its pool as unsettled too; there is nothing to settle in it.
    world.unsettledPools.clear();
    for (const name of unsettled) world.unsettledPools.add(name);
  }
}
