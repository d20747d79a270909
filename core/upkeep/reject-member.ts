import { dropJob } from '../job/start-job.ts';
import type { Resource } from '../model/resource.ts';
import { changeResource } from '../resource/change-resource.ts';
import type { Transaction } from '../world/transaction.ts';
import { changeUpkeep } from './change-upkeep.ts';
import { upkeepOfPool } from './owner.ts';

/** Is it asked for by a round, and does not exist yet? */
export function isAskedForInRounds(tx: Transaction, { pool, status }: Resource): boolean {
  return status === 'requested' && tx.world.pools.get(pool)?.pool.rounds !== undefined;
}

/**
 * A member that a round asked for could not be made: it waits for the next round, and this one takes nothing away.
 *
 * Source: invariants U8 and U9 in docs/spec/upkeep.md.
 */
export function rejectMember(tx: Transaction, resource: Resource, error: string): void {
  setAsideRequest(tx, resource);
  const upkeep = upkeepOfPool(tx.world, resource.pool);
  if (upkeep === undefined || upkeep.round === null) return;
  const { round } = upkeep;
  const failedInRow = round.failedInRow + 1;
  changeUpkeep(tx, upkeep, { round: { ...round, failedInRow, error: round.error ?? error } });
}

/** A member that a round asked for was made, so there is room for more. */
export function noteMade(tx: Transaction, { pool }: Resource): void {
  const upkeep = upkeepOfPool(tx.world, pool);
  if (upkeep === undefined || upkeep.round === null || upkeep.round.failedInRow === 0) return;
  changeUpkeep(tx, upkeep, { round: { ...upkeep.round, failedInRow: 0 } });
}

/** Nobody asks for it any more before the next round does. What is made of it all the same is found by a list. */
export function setAsideRequest(tx: Transaction, resource: Resource): void {
  dropJob(tx, resource);
  changeResource(tx, resource, { machine: 'REJECTED' });
}
