import type { Listed } from '../model/resource.ts';
import type { Look, Upkeep } from '../model/upkeep.ts';
import { putSize } from '../pool/put-size.ts';
import { splitterOf } from '../pool/split-pool.ts';
import type { Transaction } from '../world/transaction.ts';
import { changeUpkeep, subjectOf } from './change-upkeep.ts';
import { beginLook } from './looks.ts';
import { endRound, readSize, roundsOf } from './rounds.ts';
import { takeMachines } from './take-machines.ts';

/** The longest wait before another attempt at a look, in milliseconds. */
const LOOK_BACKOFF_MAX_MS = 3_600_000;

export type FinishLook = {
  readonly type: 'finishLook';
  readonly upkeep: string;
  /** Of the look; see `Look`. */
  readonly number: number;
  /** When the provider was asked; what was made later may be missing from the list. */
  readonly startedAt: number;
  readonly outcome:
    | { readonly result: 'seen'; readonly things: readonly Listed[] }
    | { readonly result: 'failed'; readonly error: string };
};

/**
 * Takes what one attempt at a look came to. Answers whether it counted: an outcome of a look that nobody waits for any more does not.
 *
 * Shape: changes the upkeep and, when something was seen, what the list says of its members; emits `upkeep.look_failed` after the last
 * attempt.
 * Source: invariants U6, U7, U13 to U15 in docs/spec/upkeep.md.
 */
export function finishLook(tx: Transaction, input: FinishLook): { isAccepted: boolean } {
  const upkeep = tx.world.upkeeps.get(input.upkeep);
  if (upkeep === undefined || upkeep.look === null || upkeep.look.number !== input.number)
    return { isAccepted: false };
  const { outcome } = input;
  if (outcome.result === 'seen') takeSeen(tx, upkeep, { ...input, things: outcome.things });
  else takeFailure(tx, upkeep, upkeep.look, outcome.error);
  return { isAccepted: true };
}

function takeSeen(
  tx: Transaction,
  upkeep: Upkeep,
  { number, startedAt, things }: Pick<FinishLook, 'number' | 'startedAt'> & { things: readonly Listed[] },
): void {
  const { strays, detached } = takeMachines(tx, upkeep, { startedAt, things });
  const { fetchMs } = roundsOf(tx, upkeep);
  const seen = changeUpkeep(tx, upkeep, {
    fetchedAt: startedAt,
    lookedAt: tx.now,
    lookError: null,
    look: null,
    nextLookAt: tx.now + fetchMs,
    strays,
    detached,
  });
  const sized = seen.isSizeKnown ? seen : deriveSize(tx, seen);
  if (sized.round?.phase !== 'looking') return;
  // A look that began before the round has an older list than the round is to go by.
  if (sized.round.look > number) beginLook(tx, sized);
  else readSize(tx, sized);
}

/** Nobody has said how large the pool is to be, so it is to stay as large as it is; unless another divides its size over it. */
function deriveSize(tx: Transaction, upkeep: Upkeep): Upkeep {
  const { pool, activeCount } = tx.requirePool(upkeep.pool as string);
  const isSame = pool.size !== null && 'desired' in pool.size && pool.size.desired === activeCount;
  if (!isSame && splitterOf(tx.world, pool.name) === undefined) putSize(tx, pool, activeCount);
  return changeUpkeep(tx, upkeep, { isSizeKnown: true });
}

/** Another attempt after a wait that doubles; after the last the old list stays, and a round that waits ends. */
function takeFailure(tx: Transaction, upkeep: Upkeep, look: Look, error: string): void {
  const { retries, backoffMs, fetchMs } = roundsOf(tx, upkeep);
  const failures = look.failures + 1;
  if (failures <= retries) {
    const waitMs = Math.min(LOOK_BACKOFF_MAX_MS, backoffMs * 2 ** (failures - 1));
    changeUpkeep(tx, upkeep, { look: { ...look, failures, notBefore: tx.now + waitMs } });
    return;
  }
  const failed = changeUpkeep(tx, upkeep, {
    look: null,
    lookedAt: tx.now,
    lookError: error,
    nextLookAt: tx.now + fetchMs,
  });
  tx.emit('upkeep.look_failed', subjectOf(upkeep), {
    name: upkeep.name,
    number: look.number,
    attempts: failures,
    error,
  });
  if (failed.round?.phase === 'looking') endRound(tx, failed, error);
}
