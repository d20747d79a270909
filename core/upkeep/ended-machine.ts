import { dropJob, startJob } from '../job/start-job.ts';
import type { Listed, Resource } from '../model/resource.ts';
import { finishExit } from '../resource/finish-exit.ts';
import { changeResource } from '../resource/change-resource.ts';
import { recordTurnover } from '../resource/turnover-record.ts';
import type { Transaction } from '../world/transaction.ts';
import { upkeepOfPool } from './owner.ts';

/**
 * Clouds list a machine for a while after its end, and clients of a cloud pool see it as long as its cloud lists it. So a member that is
 * proven gone stays, as one that has ended, until a list has it no more: it counts for nothing, and nothing can be asked of it but
 * what is written on it.
 */

/** Has the member ended, and is only waited out? */
export function hasEnded(tx: Transaction, { id, status, machine, hold, run }: Resource): boolean {
  const isIdle = hold === null && run === null && !tx.world.jobOfResource.has(id);
  return status === 'exiting' && machine === 'TERMINATED' && isIdle;
}

/** May lists still have the member once it is proven gone? Only looks tell; where none comes, nobody would. */
export function mayBeListedYet(tx: Transaction, { pool, externalId }: Resource): boolean {
  const status = upkeepOfPool(tx.world, pool)?.status;
  return externalId !== null && (status === 'started' || status === 'stopped');
}

/**
 * It is proven gone: what its last turnover has to prove is recorded now, and whoever waits for its end is told of it now.
 *
 * Shape: emits `resource.observed`; `resource.gone` follows once no list has it any more.
 */
export function endMachine(tx: Transaction, resource: Resource): void {
  dropJob(tx, resource);
  const recorded = recordTurnover(tx, resource, 'destroyed');
  changeResource(tx, resource, { machine: 'TERMINATED', liveness: 'UNKNOWN', ...recorded });
  tx.emit(
    'resource.observed',
    { resource: resource.id, pool: resource.pool },
    { machine: 'TERMINATED', ended: true },
  );
}

/**
 * Takes what a list says of the members that have ended: those that it has no more are gone for good, and what lives on after all is
 * to end once more.
 *
 * `own`: what the list has, by the id of its resource.
 */
export function takeEnded(
  tx: Transaction,
  provider: string,
  own: ReadonlyMap<string, Pick<Listed, 'machine'>>,
): void {
  for (const id of tx.world.resourcesOfProvider.get(provider) ?? []) {
    const resource = tx.world.resources.get(id) as Resource;
    if (!hasEnded(tx, resource)) continue;
    const machine = own.get(id)?.machine;
    if (machine === undefined) finishExit(tx, resource, 'destroyed');
    else if (machine === 'RUNNING')
      startJob(tx, { kind: 'destroy' }, changeResource(tx, resource, { machine }));
  }
}
