import { invariant } from '../invariant.ts';
import type { RoundsSpec } from '../model/pool.ts';
import type { Resource } from '../model/resource.ts';
import type { Round, Upkeep } from '../model/upkeep.ts';
import type { Transaction } from '../world/transaction.ts';
import { changeUpkeep, subjectOf } from './change-upkeep.ts';
import { machineIdOf } from './find-machine.ts';
import { beginLook } from './looks.ts';

/** How the loops of a configured upkeep are timed. */
export function roundsOf(tx: Transaction, { pool }: Upkeep): RoundsSpec {
  const rounds = pool === null ? undefined : tx.world.pools.get(pool)?.pool.rounds;
  invariant(rounds !== undefined, `pool ${pool} of an upkeep is not kept in rounds`);
  return rounds;
}

/** Begins an update, with a look that begins no sooner than the update: an older list may lack what was made since. */
export function beginRound(tx: Transaction, upkeep: Upkeep): Upkeep {
  const number = upkeep.roundNumber + 1;
  const round: Round = {
    number,
    startedAt: tx.now,
    phase: 'looking',
    look: upkeep.lookNumber + 1,
    error: null,
    failedInRow: 0,
    desired: null,
    toAsk: 0,
    requested: [],
    requestedCount: 0,
    terminating: [],
    terminatingCount: 0,
    isFollowed: false,
  };
  const begun = changeUpkeep(tx, upkeep, { roundNumber: number, round, nextRoundAt: null });
  return begun.look === null ? beginLook(tx, begun) : begun;
}

/** An interval is over. */
export function roundWhenDue(tx: Transaction, name: string): void {
  beginRound(tx, tx.world.upkeeps.get(name) as Upkeep);
}

/**
 * The size was set: an update begins at once. One that has not read the size yet will do; one that has is followed by another.
 *
 * Shape: answers the number of the first update that fits the pool to the size; null while the upkeep is not started.
 */
export function followSize(tx: Transaction, upkeep: Upkeep): number | null {
  const known = upkeep.isSizeKnown ? upkeep : changeUpkeep(tx, upkeep, { isSizeKnown: true });
  const { round, status } = known;
  if (status !== 'started') return null;
  if (round === null) return beginRound(tx, known).roundNumber;
  if (round.phase === 'looking') return round.number;
  if (!round.isFollowed) changeUpkeep(tx, known, { round: { ...round, isFollowed: true } });
  return round.number + 1;
}

/** The round has its list: it reads how large the pool is to be, and how many members it has to ask for. */
export function readSize(tx: Transaction, upkeep: Upkeep): Upkeep {
  const { round } = upkeep;
  const { pool, activeCount } = tx.requirePool(upkeep.pool as string);
  invariant(
    round !== null && pool.size !== null && 'desired' in pool.size,
    `${upkeep.name} has a size to read`,
  );
  const { desired } = pool.size;
  const toAsk = Math.max(0, desired - activeCount);
  return changeUpkeep(tx, upkeep, { round: { ...round, phase: 'growing', desired, toAsk } });
}

/**
 * An update is over: the next comes an interval later, or at once where the size was set meanwhile. Emits `upkeep.round_ended`, unless
 * all was as it should be.
 */
export function endRound(tx: Transaction, upkeep: Upkeep, error: string | null): Upkeep {
  const { round } = upkeep;
  invariant(round !== null, `upkeep ${upkeep.name} is in no round`);
  const { number, desired, requestedCount, terminating, terminatingCount } = round;
  const requested = round.requested.flatMap((id) => machineIdIfMade(tx, id));
  const ended = changeUpkeep(tx, upkeep, {
    round: null,
    lastRound: { number, endedAt: tx.now, desired, error },
    nextRoundAt: tx.now + roundsOf(tx, upkeep).updateMs,
  });
  // Most updates find all as it should be; the history is for those that did something, or could not.
  const isNews = error !== null || requestedCount + terminatingCount > 0;
  if (isNews || desired !== upkeep.lastRound?.desired)
    tx.emit('upkeep.round_ended', subjectOf(upkeep), {
      name: upkeep.name,
      number,
      desired,
      requested,
      requestedCount,
      terminating: [...terminating],
      terminatingCount,
      error,
    });
  return round.isFollowed ? beginRound(tx, ended) : ended;
}

/** What could not be made, or has gone since, is no machine. */
function machineIdIfMade(tx: Transaction, id: string): string[] {
  const resource: Resource | undefined = tx.world.resources.get(id);
  return resource === undefined || resource.externalId === null ? [] : [machineIdOf(resource)];
}
