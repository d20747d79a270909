import type { Transaction } from '../world/transaction.ts';

export type KeepPlaces = {
  readonly type: 'keepPlaces';
  /** The last instant that was decided at before nobody could ask, in milliseconds UTC. */
  readonly since: number;
};

/**
 * Nobody could ask for a while: every place in a line by stage is kept for as long as it would have been kept at that instant. Else all
 * that wait would be passed over at once, and whoever asks first would be served first.
 *
 * Shape: changes those that wait; answers how many. Who was silent already stays so.
 * Source: invariant S10 in docs/spec/stages.md.
 */
export function keepPlaces(tx: Transaction, { since }: KeepPlaces): { kept: number } {
  const awayMs = tx.now - since;
  if (awayMs <= 0) return { kept: 0 };
  // A map must not change while it is walked.
  const waiting = [...tx.world.waiters.values()];
  for (const waiter of waiting) {
    const { id, askBy, expiresAt } = waiter;
    tx.put('waiter', id, { ...waiter, askBy: askBy + awayMs, expiresAt: expiresAt + awayMs });
  }
  return { kept: waiting.length };
}
